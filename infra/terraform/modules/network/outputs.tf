output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Subnets of load balancers, one a zone."
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "private_subnet_ids" {
  description = "Subnets of nodes and pods, one a zone."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "private_cidrs" {
  description = "Addresses of nodes and pods."
  value       = values(local.private)
}

output "data_subnet_ids" {
  description = "Subnets of database and cache, one a zone."
  value       = [for subnet in aws_subnet.data : subnet.id]
}

output "data_cidrs" {
  description = "Addresses of database and cache, as the network policies name them."
  value       = values(local.data)
}
