variable "name" {
  description = "Name of the role"
  type        = string
}

variable "service_account" {
  description = "namespace:name of the Kubernetes service account that may assume the role"
  type        = string
}

variable "account_id" {
  description = "Account of the OIDC provider"
  type        = string
}

variable "oidc_issuer" {
  description = "OIDC issuer of the cluster, without https://"
  type        = string
}

variable "bucket_arn" {
  description = "Bucket whose releases the workload reads"
  type        = string
}

variable "kms_key_arn" {
  description = "Key that decrypts the releases"
  type        = string
}
