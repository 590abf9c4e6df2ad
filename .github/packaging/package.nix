# kubectl-podid for Nix, from this tree: nix-build -E '(import <nixpkgs> {}).callPackage .github/packaging/package.nix {}'
# It has no probe inside; --probe says so, and names what has.
{ lib, rustPlatform, installShellFiles, stdenv }:

rustPlatform.buildRustPackage {
  pname = "kubectl-podid";
  version = (lib.importTOML ../../Cargo.toml).workspace.package.version;

  src = lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;
  cargoBuildFlags = [ "--bin" "kubectl-podid" ];
  cargoTestFlags = [ "--lib" ];

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    $out/bin/kubectl-podid __companions companions
    install -m 755 companions/kubectl_complete-podid $out/bin
    installManPage companions/man/*.1
    installShellCompletion companions/completions/kubectl-podid.{bash,fish,zsh}
  '';

  meta = {
    description = "Diagnose EKS Pod Identity for a pod";
    homepage = "https://github.com/kubectl-podid/kubectl-podid";
    license = lib.licenses.asl20;
    mainProgram = "kubectl-podid";
  };
}
