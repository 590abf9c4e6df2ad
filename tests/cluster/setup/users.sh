# shellcheck shell=bash
# Makes the users and their kubeconfig files, named as `aws eks update-kubeconfig` names them.

# Users by name, with their groups. Those without a group have no rights but the ones that a test binds.
declare -A users=(
  [admin]=system:masters
  [developer]=
  [auditor]=
  [reader]=
  [reader-everywhere]=
  [stranger]=
)
# Whoever holds the AWS credentials that env prints; the name of the kubeconfig file that asks the AWS CLI for a token.
users_of_aws=eks

make_users() {
  local name number=0
  for name in "${!users[@]}"; do
    echo "$(token_of "$name"),$name,$((number += 1)),${users[$name]}"
    make_kubeconfig "$name" "{token: $(token_of "$name")}"
  done >"$state/pki/tokens.csv"
  for name in kube-controller-manager kube-scheduler kubelet; do
    case $name in
      kubelet) echo "$(token_of $name),system:node:$node_name,$((number += 1)),system:nodes" ;;
      *) echo "$(token_of $name),system:$name,$((number += 1))" ;;
    esac >>"$state/pki/tokens.csv"
    make_kubeconfig "$name" "{token: $(token_of "$name")}"
  done
  make_kubeconfig "$users_of_aws" "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws,
    args: [--region, $region, eks, get-token, --cluster-name, prod, --output, json]}}"
  chmod 600 "$state/pki/tokens.csv"
}

token_of() {
  echo "$1-token"
}

make_kubeconfig() { # make_kubeconfig NAME USER
  cat >"$state/kubeconfig/$1" <<END
apiVersion: v1
kind: Config
current-context: $cluster_arn
clusters:
- name: $cluster_arn
  cluster:
    server: https://$api_host
    certificate-authority-data: $(one_line "$state/pki/ca.crt")
contexts:
- name: $cluster_arn
  context: {cluster: "$cluster_arn", user: "$cluster_arn"}
users:
- name: $cluster_arn
  user: $2
END
  chmod 600 "$state/kubeconfig/$1"
}
