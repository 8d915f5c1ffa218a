output "model_bucket" {
  description = "Bucket of the released models"
  value       = module.model_bucket.name
}

output "data_bucket" {
  description = "Bucket of the released data"
  value       = module.data_bucket.name
}

output "role_arns" {
  description = "Roles of the workloads and of the release workflow"
  value = merge(
    { serving = module.serving_role.arn, training = module.training_role.arn },
    { for name, role in aws_iam_role.release : "release-${name}" => role.arn },
  )
}

output "target_group_arn" {
  description = "Target group for deploy/k8s/platform/target-group-binding.yaml"
  value       = aws_lb_target_group.sentibot.arn
}
