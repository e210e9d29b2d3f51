# A comment with resource "google_cloud_run_v2_job" "web" { in it.
locals {
  robot = "serverless-robot-prod"
}

resource "google_project" "job" {
  project_id = "ephemeral-1"
  name       = "job"
}

resource "google_artifact_registry_repository_iam_member" "agent" {
  project    = "myproject-b"
  location   = "asia-northeast1"
  repository = "myrepo"
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:service-${google_project.job.number}@${local.robot}.iam.gserviceaccount.com"
}

/* resource "google_cloud_run_v2_job" "web" {} */
resource "google_cloud_run_v2_job" "web" {
  name     = "web"
  location = "asia-northeast1"
  project  = google_project.job.project_id

  template {
    template {
      containers {
        args = [<<-EOT
          image = "not this one }"
        EOT
        ]
        image = "asia-northeast1-docker.pkg.dev/myproject-b/myrepo/web:1" # the image
      }
    }
  }
}
