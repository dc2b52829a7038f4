# pouchd as a CSI plugin of Nomad, on every client. Nomad wants its plugins in containers: make the
# image "pouch:0.1" from Debian 12 with what "make install" puts into it, libsqlite3-0, libarchive13,
# e2fsprogs and util-linux.
job "pouch" {
  datacenters = ["dc1"]
  type        = "system"

  group "pouch" {
    task "pouchd" {
      driver = "docker"

      config {
        image      = "pouch:0.1"
        command    = "/usr/local/bin/pouchd"
        args       = ["--csi-node", "${node.unique.name}", "--bridge", "none"]
        privileged = true

        # CSI_ENDPOINT is set by Nomad.
        mount {
          type   = "bind"
          source = "/var/lib/pouch"
          target = "/var/lib/pouch"
        }
        mount {
          type   = "bind"
          source = "/dev"
          target = "/dev"
        }
      }

      csi_plugin {
        id        = "pouch"
        type      = "monolith"
        mount_dir = "/csi"
      }

      resources {
        cpu    = 200
        memory = 128
      }
    }
  }
}
