# Mail: SES sends what user-service hands it, from this environment's host, and signs it (DKIM). Where DNS is kept elsewhere the records
# it needs are the output `mail_records`. A new account of AWS sends to addresses it has verified and to no other until AWS is asked for more
# (docs/operations.md).
resource "aws_sesv2_configuration_set" "mail" {
  configuration_set_name = local.name

  # A link that sets a password does not cross the internet in the clear; a server that speaks no TLS gets none.
  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  # Who bounced or complained is not written to again: it is what SES stops accounts for.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sesv2_email_identity" "host" {
  email_identity         = var.host
  configuration_set_name = aws_sesv2_configuration_set.mail.configuration_set_name

  dkim_signing_attributes {
    next_signing_key_length = "RSA_2048_BIT"
  }
}

# The envelope's address is of our own domain too, so that SPF speaks for us. Until its records are there SES takes its own.
resource "aws_sesv2_email_identity_mail_from_attributes" "host" {
  count = var.install_addons ? 1 : 0 # the local imitation of AWS knows none

  email_identity         = aws_sesv2_email_identity.host.email_identity
  mail_from_domain       = "bounce.${var.host}"
  behavior_on_mx_failure = "USE_DEFAULT_VALUE"
}

locals {
  mail_from = "no-reply@${var.host}" # the overlays' MAIL_FROM

  # Three keys, as SES always makes; nobody but SES sends from here, so what is not signed by them may be thrown away.
  mail_records = concat(
    [for i in range(3) : {
      name  = "${aws_sesv2_email_identity.host.dkim_signing_attributes[0].tokens[i]}._domainkey.${var.host}"
      type  = "CNAME"
      value = "${aws_sesv2_email_identity.host.dkim_signing_attributes[0].tokens[i]}.dkim.amazonses.com"
    }],
    [
      { name = "bounce.${var.host}", type = "MX", value = "10 feedback-smtp.${var.region}.amazonses.com" },
      { name = "bounce.${var.host}", type = "TXT", value = "v=spf1 include:amazonses.com -all" },
      { name = "_dmarc.${var.host}", type = "TXT", value = "v=DMARC1; p=reject; adkim=s; aspf=r" },
    ],
  )
}

resource "aws_route53_record" "mail" {
  count = var.zone_id == "" ? 0 : length(local.mail_records)

  zone_id = var.zone_id
  name    = local.mail_records[count.index].name
  type    = local.mail_records[count.index].type
  records = [local.mail_records[count.index].value]
  ttl     = 300
}
