variable "backlog_minutes" {
  description = "How many minutes a message may wait in its queue before an alert."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.backlog_minutes >= 1
    error_message = "backlog_minutes must be at least 1."
  }
}

variable "bigquery" {
  description = "Results in BigQuery: the name of a dataset to make, its location (null: that of the buckets), and for how many days rows are kept. null: off."
  type = object({
    dataset  = string
    location = optional(string)
    days     = optional(number, 400)
  })
  default = null

  validation {
    condition     = var.bigquery == null ? true : can(regex("^[A-Za-z_][A-Za-z0-9_]{0,199}$", var.bigquery.dataset))
    error_message = "bigquery.dataset is the name of a dataset: letters, digits and underscores, without the project."
  }
  validation {
    condition     = try(var.bigquery.location, null) == null ? true : can(regex("^(US|EU|[a-z]+-[a-z]+[0-9]+)$", var.bigquery.location))
    error_message = "bigquery.location is US, EU or a region, such as europe-west1."
  }
  validation {
    condition     = var.bigquery == null ? true : var.bigquery.days >= 1 && floor(var.bigquery.days) == var.bigquery.days
    error_message = "bigquery.days is a whole number of days, at least 1: a row goes when its day is so long ago."
  }
  validation {
    condition = var.bigquery == null || var.kms_key == null ? true : (
      lookup({ EU = "europe", US = "us" }, coalesce(var.bigquery.location, var.region), coalesce(var.bigquery.location, var.region)) == try(split("/", var.kms_key)[3], "")
    )
    error_message = "A dataset takes keys of its own location only (europe for EU, us for US): leave bigquery.location out, or give a key from there."
  }
}

variable "copies_readers" {
  description = "Who may read the copies bucket, such as group:shop@example.com; it gives them nothing in the other buckets."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.copies_readers : can(regex("^((user|group|serviceAccount|domain):.+|principal(Set)?://iam\\.googleapis\\.com/.+)$", member))])
    error_message = "Members are written as user:, group:, serviceAccount:, domain:, principal://iam... or principalSet://iam...; allUsers is not taken: the bucket prevents public access, and Cloud Storage would refuse it."
  }
}

variable "corrections" {
  description = "Who may correct results on the page: off (nobody), named (whoever may open it, under a name they give) or iap (under the name of Identity-Aware Proxy, which must stand in front)."
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "named", "iap"], var.corrections)
    error_message = "corrections is off, named or iap."
  }
}

variable "cors_origins" {
  description = "Websites whose pages may upload to the uploads bucket by signed URLs, such as https://shop.example.com. The URL is what permits an upload; this lets a browser use it."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins holds origins such as https://shop.example.com: without a path, and no *."
  }
  validation {
    condition     = var.uploads_bucket == "" || length(var.cors_origins) == 0
    error_message = "cors_origins sets nothing on a bucket of your own: leave it out, and set CORS there."
  }
}

variable "daily_budget_usd" {
  description = "Paid calls stop when the day (UTC) has cost so many USD; jobs wait until the next day, and nothing is lost. null: no limit."
  type        = number
  default     = null

  validation {
    condition     = var.daily_budget_usd == null ? true : var.daily_budget_usd >= 0
    error_message = "The budget must be an amount of USD, 0 or more; null means no limit."
  }
}

variable "delivery_attempts" {
  description = "How often the queue delivers a job before it becomes a dead letter. Retries while the model is rate limited count."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.delivery_attempts >= 20 && var.delivery_attempts <= 100 && floor(var.delivery_attempts) == var.delivery_attempts
    error_message = "Pub/Sub takes at most 100 attempts, and with fewer than 20 a job that only waits would be given up."
  }
}

variable "destroy_data" {
  description = "Whether `terraform destroy` deletes buckets that are not empty: photos, results, copies and state. Apply it before you destroy."
  type        = bool
  default     = false
  nullable    = false
}

variable "docker_repository" {
  description = "An Artifact Registry repository for the functions' images, projects/P/locations/L/repositories/R, in the region. With kms_key too, functions are encrypted by it. null: Google's own repository."
  type        = string
  default     = null

  validation {
    condition     = var.docker_repository == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/repositories/[^/]+$", var.docker_repository))
    error_message = "docker_repository is written as projects/P/locations/L/repositories/R."
  }
}

variable "egress" {
  description = "A way out through a VPC network, by a subnetwork or by a connector, for these functions (null: all). all_traffic: what goes to the internet, too, which then needs a NAT."
  type = object({
    network     = optional(string)
    subnetwork  = optional(string)
    tags        = optional(list(string), [])
    connector   = optional(string)
    all_traffic = optional(bool, false)
    functions   = optional(set(string))
  })
  default = null

  validation {
    condition     = var.egress == null ? true : (var.egress.connector == null) != (var.egress.network == null && var.egress.subnetwork == null)
    error_message = "egress goes by a connector, or by a network or subnetwork: one of them, and not both."
  }
  validation {
    condition = var.egress == null ? true : length(setsubtract(coalesce(var.egress.functions, []),
      ["ingest", "detect", "segment", "describe", "dead_letter", "notify", "submit", "gallery", "sweep"]
    )) == 0
    error_message = "egress.functions names functions: ingest, detect, segment, describe, dead_letter, notify, submit, gallery and sweep."
  }
}

variable "environment" {
  description = "More settings of the functions, such as MAX_MEGAPIXELS or SWEEP_WINDOW_DAYS; the project's README lists all."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "The name of a setting has capitals, digits and underscores."
  }
  validation {
    condition = length(setintersection(keys(var.environment), [
      "COPIES_BUCKET", "CORRECTIONS", "DAILY_BUDGET_USD", "ERASE_WITH_UPLOADS", "GEMINI_API_KEY", "GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_PROJECT",
      "GOOGLE_GENAI_USE_VERTEXAI", "LEASE_SECONDS", "LOG_FORMAT", "MODEL", "MODEL_TIMEOUT_SECONDS", "MONTHLY_BUDGET_USD", "NOTIFY_URL", "RESULTS_BUCKET",
      "STATE_BUCKET", "SWEEP_JOB", "SWEEP_LIMIT_SECONDS", "TASKS_ACCOUNT", "TASKS_QUEUE", "THREADS", "TOPIC_PREFIX", "UPLOADS_BUCKET", "UPLOADS_SINCE",
    ])) == 0
    error_message = "One of these settings follows from other variables (model, gemini, corrections, erase_with_uploads, daily_budget_usd, monthly_budget_usd, timing, functions, prefix, uploads_bucket): set that."
  }
}

variable "erase_with_uploads" {
  description = "Whether a photo whose upload is deleted, by whoever, is erased with all that came of it: docs/erasing.md. Lifecycle rules that delete uploads then end their results, too."
  type        = bool
  default     = false
  nullable    = false
}

variable "functions" {
  description = "Other sizes for single functions, by name: memory, cpu, concurrency, max_instances, min_instances, timeout_seconds."
  type = map(object({
    memory          = optional(string)
    cpu             = optional(string)
    concurrency     = optional(number)
    max_instances   = optional(number)
    min_instances   = optional(number)
    timeout_seconds = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition = alltrue([for name in keys(var.functions) : contains(
      ["ingest", "detect", "segment", "describe", "dead_letter", "notify", "submit", "gallery", "sweep"], name
    )])
    error_message = "The functions are ingest, detect, segment, describe, dead_letter, notify, submit, gallery and sweep."
  }
  validation {
    condition     = alltrue([for f in values(var.functions) : f.memory == null ? true : can(regex("^[1-9][0-9]*(Mi|Gi)$", f.memory))])
    error_message = "Memory is written as 512Mi or 2Gi."
  }
  validation {
    condition     = alltrue([for f in values(var.functions) : f.timeout_seconds == null ? true : f.timeout_seconds >= 60 && f.timeout_seconds <= 590])
    error_message = "timeout_seconds is 60 to 590: below the 600 s that the queue waits for an answer."
  }
  validation {
    condition     = alltrue([for f in values(var.functions) : f.max_instances == null ? true : f.max_instances >= 1 && f.max_instances <= 1000])
    error_message = "max_instances is 1 to 1000; it limits the calls that a flood of uploads can make."
  }
  validation {
    condition     = alltrue([for f in values(var.functions) : f.concurrency == null ? true : f.concurrency >= 1 && f.concurrency <= 250])
    error_message = "concurrency is 1 to 250 requests at once in an instance."
  }
}

variable "gallery_members" {
  description = "Who may open the gallery, such as user:ann@example.com or group:shop@example.com."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.gallery_members : can(regex("^((user|group|serviceAccount|domain):.+|principal(Set)?://iam\\.googleapis\\.com/.+)$", member))])
    error_message = "Members are written as user:, group:, serviceAccount:, domain:, principal://iam... or principalSet://iam...; allUsers is not taken: the photos would be public."
  }
}

variable "gemini" {
  description = "How Gemini is reached: by Vertex AI in `location` (null: eu for a region in Europe, else global), or by the Developer API with the key in a secret of this project."
  type = object({
    location        = optional(string)
    api_key_secret  = optional(string)
    api_key_version = optional(string, "1")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.gemini.location == null ? true : can(regex("^[a-z0-9-]+$", var.gemini.location))
    error_message = "gemini.location is a place of Vertex AI: global, us, eu or a region."
  }
  validation {
    condition     = var.gemini.api_key_secret == null ? true : can(regex("^[A-Za-z0-9_-]{1,255}$", var.gemini.api_key_secret))
    error_message = "gemini.api_key_secret is the id of a secret in this project, not its path and never the key itself."
  }
  validation {
    condition     = can(regex("^[1-9][0-9]*$", var.gemini.api_key_version))
    error_message = "gemini.api_key_version is a number; `latest` would change under running instances, each at another time."
  }
}

variable "iap_members" {
  description = "Who may open the page in a browser, signed in through Identity-Aware Proxy, such as group:shop@example.com. Without any, there is no such page."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.iap_members : can(regex("^(user|group|serviceAccount|domain):.+$", member))])
    error_message = "Members are written as user:, group:, serviceAccount: or domain:; allUsers is not taken: the photos would be public."
  }
}

variable "ingress" {
  description = "From where the outward services can be reached, before IAM is asked: all, internal (the project's own networks) or load_balancer (these and a load balancer). page is the one for iap_members."
  type = object({
    gallery = optional(string, "all")
    page    = optional(string, "all")
    submit  = optional(string, "all")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for from in values(var.ingress) : contains(["all", "internal", "load_balancer"], from)])
    error_message = "ingress is all, internal or load_balancer."
  }
}

variable "kms_key" {
  description = "A Cloud KMS key for the buckets and the topics, and with docker_repository for the functions: projects/P/locations/L/keyRings/R/cryptoKeys/K, in the region. null: Google's keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key is written as projects/P/locations/L/keyRings/R/cryptoKeys/K."
  }
}

variable "labels" {
  description = "Labels of everything that takes labels."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "mark_uploads" {
  description = "Whether functions may set the metadata and the hold of uploads, for moderation recipes that mark them. They can never replace or delete one."
  type        = bool
  default     = false
  nullable    = false
}

variable "model" {
  description = "The Gemini model that is asked where neither recipe nor upload names one."
  type        = string
  default     = "gemini-3.8-flash"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.@:/-]{1,200}$", var.model))
    error_message = "model is the id of a model, such as gemini-3.8-flash."
  }
}

variable "monthly_budget" {
  description = "A budget for the project's bill, which warns and stops nothing: a billing account, a whole amount, and its currency (null: the account's own)."
  type = object({
    billing_account = string
    amount          = number
    currency        = optional(string)
  })
  default = null

  validation {
    condition     = var.monthly_budget == null ? true : can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.monthly_budget.billing_account))
    error_message = "monthly_budget.billing_account is an id such as 012345-6789AB-CDEF01."
  }
  validation {
    condition     = var.monthly_budget == null ? true : var.monthly_budget.amount >= 1 && floor(var.monthly_budget.amount) == var.monthly_budget.amount
    error_message = "monthly_budget.amount is a whole amount of money, 1 or more."
  }
}

variable "monthly_budget_usd" {
  description = "Paid calls stop when the month (UTC) has cost so many USD; jobs wait until the next month, and nothing is lost. null: no limit."
  type        = number
  default     = null

  validation {
    condition     = var.monthly_budget_usd == null ? true : var.monthly_budget_usd >= 0
    error_message = "The budget must be an amount of USD, 0 or more; null means no limit."
  }
}

variable "notification_emails" {
  description = "Who gets alerts by e-mail. Without any, alerts appear in the console only."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.notification_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "notification_emails holds addresses of e-mail, such as photos@example.com."
  }
}

variable "packages" {
  description = "The folder with the functions' packages. null: terraform/darkroom/.build, which `make package` fills."
  type        = string
  default     = null
}

variable "prefix" {
  description = "The prefix of every name. Several environments in one project need a prefix each."
  type        = string
  default     = "darkroom"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,12}[a-z0-9]$", var.prefix))
    error_message = "The prefix has 3 to 14 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen."
  }
}

variable "project" {
  description = "The id of the Google Cloud project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is a project's id, such as my-photos-123: not its name, and not its number."
  }
}

variable "region" {
  description = "The region of everything. Eventarc needs bucket, trigger and function in one region."
  type        = string
  default     = "us-central1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is a single region, such as europe-west1."
  }
}

variable "results_subscription" {
  description = "Whether there is a subscription of the results topic to pull from. Messages that are not pulled are kept for 7 days."
  type        = bool
  default     = false
  nullable    = false
}

variable "retention_days" {
  description = "Days until deletion: of uploads, results and copies (null: never), of overwritten or deleted uploads, of the state of finished jobs, of webhook deliveries; and days for which deleted uploads, results and copies can be restored."
  type = object({
    uploads     = optional(number)
    overwritten = optional(number, 7)
    results     = optional(number)
    copies      = optional(number)
    jobs        = optional(number, 90)
    webhooks    = optional(number, 30)
    restorable  = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.retention_days.jobs >= 45
    error_message = "The state of jobs is kept for 45 days at least: a message may wait for 31 days, and its kept answer must not be paid again."
  }
  validation {
    condition     = var.retention_days.overwritten >= 7
    error_message = "An overwritten upload is kept for 7 days at least, as long as a job for it may wait."
  }
  validation {
    condition     = alltrue([for days in [var.retention_days.uploads, var.retention_days.results] : days == null ? true : days >= 9])
    error_message = "Uploads and results are kept for 9 days at least: the sweep looks back 8 days and would take a job for lost whose record is gone."
  }
  validation {
    condition     = var.retention_days.copies == null ? true : var.retention_days.copies >= 1
    error_message = "Copies are kept for 1 day at least: 0 would delete each one when it is made."
  }
  validation {
    condition     = var.retention_days.webhooks >= 7
    error_message = "Deliveries are kept for 7 days at least: attempts go on for more than 3."
  }
  validation {
    condition     = var.retention_days.restorable == 0 || (var.retention_days.restorable >= 7 && var.retention_days.restorable <= 90)
    error_message = "Cloud Storage restores deleted objects for 7 to 90 days; 0 switches it off."
  }
  validation {
    condition     = var.uploads_bucket == "" || var.retention_days.uploads == null
    error_message = "retention_days.uploads deletes nothing in a bucket of your own: leave it out, and delete by that bucket's own lifecycle rules."
  }
}

variable "submit_members" {
  description = "Who may submit photos by HTTP, such as serviceAccount:shop@my-shop.iam.gserviceaccount.com."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.submit_members : can(regex("^((user|group|serviceAccount|domain):.+|principal(Set)?://iam\\.googleapis\\.com/.+)$", member))])
    error_message = "Members are written as user:, group:, serviceAccount:, domain:, principal://iam... or principalSet://iam...; allUsers is not taken: anybody could spend your money."
  }
}

variable "sweep_schedule" {
  description = "When the sweep runs: a cron schedule, in UTC."
  type        = string
  default     = "*/15 * * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", trimspace(var.sweep_schedule))) == 5
    error_message = "sweep_schedule has five fields, such as */15 * * * *."
  }
}

variable "timing" {
  description = "The timeout of a call to the model, and the length of a lease, in seconds."
  type = object({
    model_timeout_seconds = optional(number, 100)
    lease_seconds         = optional(number, 180)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.timing.model_timeout_seconds >= 1 && var.timing.lease_seconds >= var.timing.model_timeout_seconds + 60
    error_message = "lease_seconds must be at least 60 s more than model_timeout_seconds, or a second worker begins while the first one still waits for its answer."
  }
  validation {
    condition     = var.timing.lease_seconds < 540
    error_message = "lease_seconds must be less than 540 s: below the time-out of a worker, which is below the 600 s that the queue waits."
  }
}

variable "upload_members" {
  description = "Who may upload photos to the uploads bucket, without reading or replacing any."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.upload_members : can(regex("^((user|group|serviceAccount|domain):.+|principal(Set)?://iam\\.googleapis\\.com/.+)$", member))])
    error_message = "Members are written as user:, group:, serviceAccount:, domain:, principal://iam... or principalSet://iam...; allUsers is not taken: anybody could spend your money."
  }
}

variable "uploads_bucket" {
  description = "The name of an existing bucket of this project whose photos are read. It is used as it is: never created, changed or destroyed. Empty: a bucket is made."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.uploads_bucket == "" || can(regex("^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$", var.uploads_bucket))
    error_message = "uploads_bucket is the name of a bucket, such as my-archive: without gs://, and without a folder."
  }
}

variable "webhook_secrets" {
  description = "The secrets that webhooks.toml names: by environment variable, the id of a secret in this project and its version."
  type = map(object({
    secret  = string
    version = optional(string, "1")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.webhook_secrets) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "The names of environment variables are in capitals, digits and underscores, as webhooks.toml has them."
  }
  validation {
    condition     = alltrue([for each in values(var.webhook_secrets) : can(regex("^[A-Za-z0-9_-]{1,255}$", each.secret)) && can(regex("^[1-9][0-9]*$", each.version))])
    error_message = "A secret is given by its id in this project, never by what is in it, and its version by a number."
  }
}
