# Darkroom from another configuration: a release of the module, once for each environment.

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = { source = "hashicorp/google" }
    time   = { source = "hashicorp/time" }
  }
}

provider "google" {
  project = "my-photos-123"
}

# In your repository: source = "git::https://github.com/OWNER/darkroom.git//terraform/darkroom?ref=v0.2.0", and the
# packages of the same release in a folder of yours.
module "darkroom" {
  source   = "../../../terraform/darkroom"
  for_each = { darkroom = "europe-west1", dr-staging = "us-central1" }

  project  = "my-photos-123"
  prefix   = each.key
  region   = each.value
  packages = "${path.root}/packages"
}

output "buckets" {
  description = "Where photos go, by environment."
  value       = { for name, each in module.darkroom : name => each.buckets }
}
