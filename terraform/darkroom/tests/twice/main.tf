# The module as another configuration may call it: once for each environment.

terraform {
  required_providers {
    google = { source = "hashicorp/google" }
    time   = { source = "hashicorp/time" }
  }
}

module "darkroom" {
  source   = "../.."
  for_each = { darkroom = "us-central1", dr-europe = "europe-west1" }

  project     = "my-photos"
  prefix      = each.key
  region      = each.value
  packages    = "tests/packages"
  iap_members = ["domain:example.com"]
}

output "settings" {
  value = { for name, each in module.darkroom : name => each.settings.environment }
}

output "grants" {
  value = flatten([for each in module.darkroom : each.grants])
}
