# shellcheck shell=bash
# What the scripts of a release share. They source it from the root of the repository.

# Without it `set -e` does not hold in $(…), and a failed build goes on to the next step.
shopt -s inherit_errexit
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# No byte may say when it was made: all is as old as the commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

packed() { # packed FOLDER TIME ENTRY…: a tar of these entries, sorted, owned by root, as old as it is told
  tar --create --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner --format=ustar --mtime "@$2" -- "${@:3}"
}

write_checksums() { # write_checksums FOLDER: of all files in it
  (cd "$1" && find . -maxdepth 1 -type f ! -name checksums.txt -printf '%f\n' | LC_ALL=C sort | xargs sha256sum -- >checksums.txt)
}
