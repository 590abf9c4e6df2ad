# shellcheck shell=bash
# Builds the programs: Kubernetes and etcd from their Go modules, the played parts of EKS from this workspace.

programs=$target/cluster/bin
module=$root/tests/cluster/kubernetes

build() {
  build_kubernetes
  build_doubles
}

# Go compares thousands of packages before it finds that nothing has changed, so the inputs are compared first.
build_kubernetes() {
  need go golang-go
  local version minor package flags='-s -w' inputs name
  version=$(awk '$1 == "k8s.io/kubernetes" {print $2}' "$module/go.mod")
  minor=${version#v1.}
  # A server that is not told its version calls itself by a template of git, on which kubectl fails.
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$version-$eks_suffix -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
    flags+=" -X $package.gitTreeState=clean"
  done
  inputs=$(go version; echo "$flags"; cat "$module"/*.go "$module"/go.{mod,sum})
  mkdir -p "$programs"
  if [[ $inputs != "$(cat "$programs/kubernetes.inputs" 2>/dev/null)" ]]; then
    echo "building etcd and Kubernetes $version: some minutes the first time"
    (cd "$module" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$flags" -o "$programs/kubernetes" .)
    echo "$inputs" >"$programs/kubernetes.inputs"
  fi
  for name in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl; do
    ln -sfn kubernetes "$programs/$name"
  done
}

build_doubles() {
  need cargo cargo
  cargo build --quiet --manifest-path "$root/Cargo.toml" --package podid-doubles --bins
  for name in aws-double eks-authenticator eks-pod-identity-agent eks-pod-identity-webhook name-server; do
    ln -sfn "$target/debug/$name" "$programs/$name"
  done
}
