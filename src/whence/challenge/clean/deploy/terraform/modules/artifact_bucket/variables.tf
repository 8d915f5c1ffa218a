variable "name" {
  description = "Name of the bucket"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects"
  type        = string
}

variable "log_bucket" {
  description = "Bucket that receives the access logs"
  type        = string
}

variable "retention_days" {
  description = "Days for which an object version is locked"
  type        = number
}
