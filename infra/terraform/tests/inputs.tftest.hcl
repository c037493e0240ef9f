# Values that must not get as far as a plan.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }

  mock_data "aws_partition" {
    defaults = {
      partition = "aws"
    }
  }

  mock_data "aws_availability_zones" {
    defaults = {
      names = ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
    }
  }
}

variables {
  environment       = "prd"
  account_id        = "333333333333"
  host              = "api.hiroba.example.com"
  github_repository = "hiroba-platform/hiroba"
  vpc_cidr          = "10.30.0.0/16"

  registry_account_id       = "333333333333"
  registry_pull_account_ids = ["111111111111", "222222222222"]
}

run "an_unknown_environment_is_refused" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "the_registrys_account_has_twelve_digits" {
  command = plan

  variables {
    registry_account_id       = "33333333333"
    registry_pull_account_ids = []
  }

  expect_failures = [var.registry_account_id]
}

run "an_account_that_pulls_has_twelve_digits" {
  command = plan

  variables {
    registry_pull_account_ids = ["111111111111", "*"]
  }

  expect_failures = [var.registry_pull_account_ids]
}

run "an_account_without_the_registry_does_not_say_who_pulls" {
  command = plan

  variables {
    registry_account_id = "111111111111"
  }

  expect_failures = [var.registry_pull_account_ids]
}

run "the_whole_internet_may_not_reach_the_cluster" {
  command = plan

  variables {
    public_endpoint_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.public_endpoint_cidrs]
}

run "production_keeps_its_data" {
  command = plan

  variables {
    retain_data = false
  }

  expect_failures = [var.retain_data]
}

run "production_has_a_second_database_instance" {
  command = plan

  variables {
    database_instances = 1
  }

  expect_failures = [var.database_instances]
}

run "production_has_a_way_out_in_each_zone" {
  command = plan

  variables {
    single_nat_gateway = true
  }

  expect_failures = [var.single_nat_gateway]
}

run "instance_types_are_of_one_architecture" {
  command = plan

  variables {
    node_instance_types = ["m7g.large", "m7i.large"]
  }

  expect_failures = [aws_eks_node_group.this]
}

run "a_person_does_not_administer_with_a_key" {
  command = plan

  variables {
    cluster_admin_role_arns = ["arn:aws:iam::333333333333:user/somebody"]
  }

  expect_failures = [var.cluster_admin_role_arns]
}

run "an_alarm_needs_a_mail_address" {
  command = plan

  variables {
    alarm_emails = ["on-call"]
  }

  expect_failures = [var.alarm_emails]
}

run "a_wrong_slack_channel_is_found_before_the_first_alarm" {
  command = plan

  variables {
    slack = { workspace_id = "T0000000", channel_id = "#alarms" }
  }

  expect_failures = [var.slack]
}

run "redis_needs_a_replica_to_fail_over_to" {
  command = plan

  variables {
    redis_replicas = 1
  }

  expect_failures = [var.redis_replicas]
}

run "production_has_its_addons" {
  command = plan

  variables {
    install_addons = false
  }

  expect_failures = [var.install_addons]
}

run "addresses_are_a_network_of_their_own" {
  command = plan

  variables {
    vpc_cidr = "10.30.0.0/20"
  }

  expect_failures = [var.vpc_cidr]
}

run "a_repositorys_numbers_are_numbers" {
  command = plan

  variables {
    github_repository_ids = { owner = "hiroba-platform", repository = "2" }
  }

  expect_failures = [var.github_repository_ids]
}
