# The functions' packages: zips made by `make package`, named by a digest of their files.

locals {
  _folder  = coalesce(var.packages, "${path.module}/.build")
  packages = { for name in keys(local.functions) : name => fileset(local._folder, "${name}-*.zip") }
}

resource "google_storage_bucket_object" "package" {
  for_each = local.packages

  bucket = google_storage_bucket.bucket["source"].name
  name   = join("", each.value)
  source = "${local._folder}/${join("", each.value)}"

  lifecycle {
    create_before_destroy = true

    precondition {
      condition     = length(each.value) == 1
      error_message = "${local._folder} must hold one package of ${each.key}, and holds ${length(each.value)}: run `make package`."
    }
  }
}
