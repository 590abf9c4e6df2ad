# shellcheck shell=bash
# The played parts: AWS, and the webhook that EKS puts in front of pod creation.

account=111122223333
region=eu-west-1
cluster_arn=arn:aws:eks:$region:$account:cluster/prod
aws_port=4566
aws_url=http://127.0.0.1:$aws_port
# The example keys of AWS's own documentation.
access_key=AKIAIOSFODNN7EXAMPLE
authenticator_port=21362
# Where EKS Auth and STS are for what runs on the node, and the service of the instance that gives the node's credentials.
eks_auth_host=eks-auth.$region.api.aws
eks_auth_address=10.0.0.11
untrusted_address=10.0.0.12
metadata_address=169.254.169.254
name_server=10.0.0.2
node_key=ASIAIOSFODNN7NODEKEY
secret_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY

start_aws() {
  mkdir -p "$state/identities"
  echo '{"identities":[]}' >"$state/identities/identities.json"
  cat >"$state/aws.yaml" <<END
accessKeys:
  $access_key: {account: "$account", arn: "arn:aws:iam::$account:user/admin"}
  $node_key: {account: "$account", arn: "arn:aws:sts::$account:assumed-role/node/i-0123456789abcdef0"}
instanceProfile: {roleName: node, accessKey: $node_key}
trail: []
accounts:
  "$account":
    identityProviders: [oidc.eks.$region.amazonaws.com/id/${api_host%%.*}]
    roles:
      node:
        assumeRolePolicyDocument: {Version: "2012-10-17", Statement: [
          {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]}
    regions:
      $region:
        clusters:
          prod:
            describe:
              endpoint: https://$api_host
              certificateAuthority: {data: $(one_line "$state/pki/ca.crt")}
            addons: {eks-pod-identity-agent: {}}
            nodegroups: {default: {}}
            identitiesFile: $state/identities/identities.json
END
  local more=()
  # Without a node nobody asks there, and the one who runs the binary is on no instance.
  if has_node; then
    more=(--tls-address "$eks_auth_address:443" --tls-cert pki/aws.crt --tls-key pki/aws.key
      --untrusted-address "$untrusted_address:443" --untrusted-cert pki/stranger.crt --untrusted-key pki/stranger.key
      --metadata-address "$metadata_address:80")
  fi
  run aws "$programs/aws-double" --state aws.yaml --address "127.0.0.1:$aws_port" ${more[@]+"${more[@]}"}
}

# Callers with AWS credentials come to the API server with a token, which this one reviews.
start_authenticator() {
  echo "{\"arn:aws:iam::$account:user/admin\": [\"system:masters\"]}" >"$state/access-entries.json"
  cat >"$state/authenticator.kubeconfig" <<END
apiVersion: v1
kind: Config
current-context: authenticator
clusters: [{name: authenticator, cluster: {server: "http://127.0.0.1:$authenticator_port"}}]
contexts: [{name: authenticator, context: {cluster: authenticator, user: api-server}}]
users: [{name: api-server}]
END
  run eks-authenticator "$programs/eks-authenticator" --address "127.0.0.1:$authenticator_port" --cluster prod \
    --sts "127.0.0.1:$aws_port" --access-entries access-entries.json
}

wait_for_aws() {
  wait_for aws 10 is_listening "$aws_port"
  wait_for eks-authenticator 10 is_listening "$authenticator_port"
}

# The name server of the node: tests change its file.
start_name_server() {
  cat >"$state/names" <<END
$eks_auth_address $eks_auth_host
$eks_auth_address sts.$region.amazonaws.com
$api_address $api_host
END
  run name-server "$programs/name-server" --address "$name_server:53" --hosts "$state/names"
}

start_webhook() {
  run eks-pod-identity-webhook "$1" --in-cluster=false --kubeconfig kubeconfig/admin --port 23443 \
    --tls-cert pki/webhook.crt --tls-key pki/webhook.key --aws-default-region "$region" --sts-regional-endpoint=true \
    --watch-container-credentials-config identities/identities.json
  wait_for eks-pod-identity-webhook 20 is_listening 23443
  sed "s|@CA@|$(one_line "$state/pki/webhook.crt")|" "$root/tests/cluster/setup/webhook.yaml" >"$state/webhook.yaml"
  kubectl apply --filename "$state/webhook.yaml" >>"$state/log/kubectl"
}
