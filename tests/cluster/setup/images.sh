# shellcheck shell=bash
# Makes the container images, as nothing can be pulled: Debian's static busybox, and the agent in it.

pause_image=localhost/pause:1
# What the pods of the tests say they run.
app_image=registry.example/api:1.4.2
# A program and nothing else: no shell, no folder to write to.
bare_image=registry.example/bare:1
agent_image=602401143452.dkr.ecr.$region.amazonaws.com/eks/eks-pod-identity-agent:v0.1.37

make_images() { # make_images AGENT: one archive with all images
  local folder=$state/images
  mkdir -p "$folder"/{app,agent}/{bin,etc/ssl/certs,root,tmp,var} "$folder/archive"
  make_busybox "$folder/app"
  make_busybox "$folder/agent"
  mkdir -p "$folder/bare/bin"
  cp /bin/busybox "$folder/bare/bin/sleep"
  add_program "$folder/agent" "$1" eks-pod-identity-agent
  # This one makes the link, whichever agent is run: a real one gives up on a kernel that has no dummy links.
  add_program "$folder/agent" "$programs/eks-pod-identity-agent" eks-pod-identity-agent-played
  cat >"$folder/agent/go-runner" <<'END'
#!/bin/sh
# Starts its arguments and passes on that it is to end, as the image's own runner does.
program=$1; shift
[ "$1" != initialize ] || program=/eks-pod-identity-agent-played
"$program" "$@" &
child=$!
trap 'kill -TERM $child' TERM INT
wait $child
code=$?
trap - TERM INT
wait $child
exit $code
END
  chmod 755 "$folder/agent/go-runner"
  # Where Go and the played agent look for authorities: the one of this cluster also vouches for the played AWS.
  cp "$state/pki/ca.crt" "$folder/agent/etc/ssl/certs/ca-certificates.crt"
  {
    image app "\"$pause_image\", \"$app_image\""
    echo ,
    image bare "\"$bare_image\""
    echo ,
    image agent "\"$agent_image\""
  } >"$folder/entries"
  { echo '['; cat "$folder/entries"; echo ']'; } >"$folder/archive/manifest.json"
  pack "$folder/archive" "$state/images.tar"
  rm -rf "$folder"
}

# The image of the release, made by the script that makes it for everybody, of the program that is tested. Without the probe
# there is nothing in it that a pod could run.
make_release_image() {
  local program=$state/kubectl-podid
  [[ -e $target/probe/podid-probe-$(architecture) ]] || return 0
  [[ -x $target/debug/kubectl-podid ]] || cargo build --quiet --manifest-path "$root/Cargo.toml" --bin kubectl-podid
  strip -o "$program" "$target/debug/kubectl-podid"
  PODID_RELEASE_FOLDER=$state/release "$root/scripts/build-release" --program "$program" "linux-$(architecture)" >/dev/null
  "$root/scripts/build-image" "$state/release" >/dev/null
  mv "$state/release"/*-image.tar "$state/release.tar"
  rm -rf "$program" "$state/release"
}

make_busybox() { # make_busybox FOLDER
  local applet
  cp /bin/busybox "$1/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
  done
  printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534::/tmp:/bin/sh >"$1/etc/passwd"
  chmod 1777 "$1/tmp"
}

add_program() { # add_program FOLDER PATH NAME: with the libraries it needs, where it looks for them
  local library
  cp -L "$2" "$1/$3"
  chmod 755 "$1/$3"
  strip "$1/$3" 2>/dev/null || true
  for library in $(ldd "$2" 2>/dev/null | awk '$2 == "=>" {print $3} $1 ~ /^\// {print $1}'); do
    mkdir -p "$1${library%/*}"
    cp -L "$library" "$1$library"
  done
}

# image NAME TAGS: makes layer and configuration of an image, and prints its entry in the manifest
image() {
  local archive=$folder/archive digest
  pack "$folder/$1" "$archive/$1.tar"
  digest=$(sha256sum "$archive/$1.tar")
  cat >"$archive/$1.json" <<END
{"architecture": "$(architecture)", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:${digest%% *}"]},
 "config": {"Env": ["PATH=/bin"], "Entrypoint": ["/bin/sleep"], "Cmd": ["2147483647"], "WorkingDir": "/"}}
END
  echo "{\"Config\": \"$1.json\", \"RepoTags\": [$2], \"Layers\": [\"$1.tar\"]}"
}

architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

pack() { # pack FOLDER FILE
  tar --create --file "$2" --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 .
}
