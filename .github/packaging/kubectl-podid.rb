# The Homebrew formula, for a tap of the project; scripts/render-release fills it in.
class KubectlPodid < Formula
  desc "Diagnose EKS Pod Identity for a pod"
  homepage "https://github.com/kubectl-podid/kubectl-podid"
  version "@version@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "https://github.com/kubectl-podid/kubectl-podid/releases/download/v@version@/kubectl-podid-v@version@-darwin-arm64.tar.gz"
      sha256 "@sha256-darwin-arm64@"
    end
    on_intel do
      url "https://github.com/kubectl-podid/kubectl-podid/releases/download/v@version@/kubectl-podid-v@version@-darwin-amd64.tar.gz"
      sha256 "@sha256-darwin-amd64@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/kubectl-podid/kubectl-podid/releases/download/v@version@/kubectl-podid-v@version@-linux-arm64.tar.gz"
      sha256 "@sha256-linux-arm64@"
    end
    on_intel do
      url "https://github.com/kubectl-podid/kubectl-podid/releases/download/v@version@/kubectl-podid-v@version@-linux-amd64.tar.gz"
      sha256 "@sha256-linux-amd64@"
    end
  end

  def install
    bin.install "kubectl-podid", "kubectl_complete-podid"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/kubectl-podid.bash" => "kubectl-podid"
    zsh_completion.install "completions/kubectl-podid.zsh" => "_kubectl-podid"
    fish_completion.install "completions/kubectl-podid.fish"
  end

  test do
    # A broken pod is exit code 1.
    assert_match "PID", shell_output("#{bin}/kubectl-podid demo no-association", 1)
  end
end
