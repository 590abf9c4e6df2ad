//! Whose a process is, by its control groups: `/proc/ID/cgroup`, which every process may read of every other.
//!
//! Version 2 has one line, version 1 one for each hierarchy, and where both are in use there are both. A runtime does not make a
//! group in every hierarchy: a line may say `/` of every process there is.

/// Whether a process of these groups is in a container, by the container's id: some line has it as a part of a name.
pub(super) fn is_in(groups: &str, container: &str) -> bool {
    paths(groups).any(|(_, path)| path.contains(container))
}

/// Whether a process of these groups is in the same container as one of the groups `own`: in each hierarchy in its group or
/// below, and in none beside it.
pub(super) fn is_beside(groups: &str, own: &str) -> bool {
    let mut known = paths(own).peekable();
    known.peek().is_some()
        && known.all(|(hierarchy, own)| {
            paths(groups).find(|(other, _)| *other == hierarchy).is_some_and(|(_, path)| is_below(path, own))
        })
}

/// Seen from within a namespace of control groups, what is outside of it begins with `/..`.
fn is_below(path: &str, own: &str) -> bool {
    let rest = path.strip_prefix(own.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') && !rest.starts_with("/.."))
}

/// Hierarchy and path of each line: `4:memory:/path`, in version 2 `0::/path`.
fn paths(groups: &str) -> impl Iterator<Item = (&str, &str)> {
    groups.lines().filter_map(|line| {
        let (number, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        // The number of version 1 is another one after each start; version 2 has no controllers in its line.
        Some((if controllers.is_empty() { number } else { controllers }, path))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_beside, is_in};

    const APP: &str = "8f3a1c5d7e9b0a2c4e6f8091a3b5c7d9e1f30425364758697a8b9cadbecfd0e1";
    const HELPER: &str = "1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff001";

    /// Version 2 with a namespace of its own, as containerd makes it: the container's own processes, one in a group below, and
    /// one of another container that shares its processes.
    const OWN_2: &str = "0::/\n";
    const BELOW_2: &str = "0::/init.scope\n";
    fn other_2() -> String {
        format!("0::/../cri-containerd-{HELPER}.scope\n")
    }

    /// Version 1 without a namespace: groups that containerd makes with the cgroupfs driver, and one hierarchy that it leaves out.
    fn version_1(container: &str) -> String {
        let path = format!("/kubepods/burstable/pod5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a/{container}");
        format!("13:rdma:/\n12:pids:{path}\n11:cpuset:{path}\n4:memory:{path}\n1:name=systemd:{path}\n0::/\n")
    }

    /// Version 2 without a namespace, and the systemd driver.
    fn systemd_2(container: &str) -> String {
        let pod = "kubepods-burstable-pod5f0c1d7e_8f4e_4d7e_9f3a_2b1c0d9e8f7a.slice";
        format!("0::/kubepods.slice/kubepods-burstable.slice/{pod}/cri-containerd-{container}.scope\n")
    }

    /// Version 1 with a namespace: the own group is the root, the other one beside it.
    const OWN_1: &str = "12:pids:/\n4:memory:/\n1:name=systemd:/\n0::/\n";
    fn other_1() -> String {
        format!("12:pids:/../{HELPER}\n4:memory:/../{HELPER}\n1:name=systemd:/../{HELPER}\n0::/\n")
    }

    #[test]
    fn own_processes_are_told_from_those_of_other_containers() {
        let own = [(OWN_2, BELOW_2), (OWN_2, OWN_2), (OWN_1, OWN_1)];
        for (own, other) in own {
            assert!(is_beside(other, own), "{other:?} is in {own:?}");
        }
        assert!(is_beside(&version_1(&format!("{APP}/worker")), &version_1(APP)));
        for form in [version_1, systemd_2] {
            assert!(is_beside(&form(APP), &form(APP)));
            assert!(!is_beside(&form(HELPER), &form(APP)));
        }
        for (own, other) in [(OWN_2, other_2()), (OWN_1, other_1()), (OWN_1, String::new()), ("", OWN_2.to_owned())] {
            assert!(!is_beside(&other, own), "{other:?} is not in {own:?}");
        }
    }

    #[test]
    fn the_number_of_a_hierarchy_says_nothing() {
        let renumbered = version_1(APP).replace("12:pids", "7:pids");
        assert!(is_beside(&renumbered, &version_1(APP)));
        // A name that goes on is another one.
        assert!(!is_beside("0::/podab\n", "0::/poda\n"));
    }

    #[test]
    fn a_container_is_found_by_its_id() {
        for groups in [version_1(APP), systemd_2(APP), format!("0::/../cri-containerd-{APP}.scope\n")] {
            assert!(is_in(&groups, APP) && !is_in(&groups, HELPER), "{groups}");
        }
        assert!(!is_in(OWN_2, APP) && !is_in("", APP));
    }
}
