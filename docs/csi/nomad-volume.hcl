# nomad volume create nomad-volume.hcl
id           = "data"
name         = "data"
type         = "csi"
plugin_id    = "pouch"
capacity_min = "1GiB"

capability {
  access_mode     = "single-node-writer"
  attachment_mode = "file-system"
}

parameters {
  driver = "local"
}
