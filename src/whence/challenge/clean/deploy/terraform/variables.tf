variable "region" {
  description = "AWS region of everything in this configuration"
  type        = string
  default     = "eu-west-1"
}

variable "account_id" {
  description = "The only account that this configuration may be applied to"
  type        = string
}

variable "environment" {
  description = "Name of the environment, part of the names of its resources"
  type        = string
}

variable "cluster_oidc_issuer" {
  description = "OIDC issuer of the Kubernetes cluster, without https://"
  type        = string
}

variable "repository" {
  description = "GitHub repository whose workflows may assume the release role"
  type        = string
}

variable "certificate_arn" {
  description = "Certificate of the public host name"
  type        = string
}

variable "retention_days" {
  description = "Days for which a released object can be neither changed nor deleted"
  type        = number
  default     = 365
}
