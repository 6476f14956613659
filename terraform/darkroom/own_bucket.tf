# An uploads bucket that was there before: it is read, and what is granted on it is added to the grants it has. With mark_uploads the
# functions also set metadata and holds of its objects. See docs/own-bucket.md.

locals {
  has_own_bucket = var.uploads_bucket != ""

  # A trigger must be where its bucket is; the function may be elsewhere.
  _location        = one([for bucket in data.google_storage_bucket.uploads : lower(bucket.location)])
  trigger_location = coalesce(local._location, var.region)

  uploads_since = { for began in terraform_data.own_bucket_began : "UPLOADS_SINCE" => began.output }

  # How the regions of a multi-region or dual-region begin.
  _within = {
    us = "us-", nam4 = "us-", asia = "asia-", asia1 = "asia-",
    eu = "europe-", eur4 = "europe-", eur5 = "europe-", eur7 = "europe-", eur8 = "europe-",
  }
}

data "google_storage_bucket" "uploads" {
  count = local.has_own_bucket ? 1 : 0

  name = var.uploads_bucket

  lifecycle {
    precondition {
      condition     = !contains(values(local._bucket_names), var.uploads_bucket)
      error_message = "uploads_bucket names a bucket that is made here: leave it empty, or name another one. Results among the uploads would be read as new uploads."
    }
  }
}

# When the bucket came to this deployment. The sweep takes no older photo for a lost one: they would all be asked, and paid.
resource "terraform_data" "own_bucket_began" {
  count = local.has_own_bucket ? 1 : 0

  input            = plantimestamp()
  triggers_replace = var.uploads_bucket

  lifecycle {
    ignore_changes = [input]
  }
}

# Warnings: they stop nothing.
check "uploads_bucket_keeps_what_is_overwritten" {
  assert {
    condition     = alltrue([for bucket in data.google_storage_bucket.uploads : anytrue([for v in bucket.versioning : v.enabled])])
    error_message = "Versioning is off in gs://${var.uploads_bucket}: a photo that is overwritten or deleted while its job waits cannot be read any more, and its record says source_gone."
  }
}

check "uploads_bucket_has_uniform_access" {
  assert {
    condition     = alltrue([for bucket in data.google_storage_bucket.uploads : bucket.uniform_bucket_level_access])
    error_message = "Uniform bucket-level access is off in gs://${var.uploads_bucket}: single objects may be public or private by rules of their own, whatever is granted on the bucket."
  }
}

check "uploads_bucket_is_near" {
  assert {
    condition     = local.trigger_location == var.region || startswith(var.region, lookup(local._within, local.trigger_location, "none"))
    error_message = "gs://${var.uploads_bucket} is in ${local.trigger_location} and the functions are in ${var.region}: the trigger is made where the bucket is, and every photo goes from one to the other, which takes longer and costs network traffic."
  }
}

check "uploads_bucket_is_in_the_project" {
  assert {
    condition     = alltrue([for bucket in data.google_storage_bucket.uploads : tostring(bucket.project_number) == tostring(data.google_project.project.number)])
    error_message = "gs://${var.uploads_bucket} belongs to another project than ${var.project}: Eventarc takes only buckets of the trigger's own project, so no upload will be heard of."
  }
}
