//! Paths that name no file, or one without an end: refused in words, in bounded time and memory.

use std::process::{Command as Process, Stdio};
use std::time::Duration;

use crate::support::run::in_one_line;
use crate::support::world::World;

#[test]
fn devices_and_folders_are_refused() {
    let world = World::healthy();
    let folder = world.argument("");
    for (place, told) in [("/dev/zero", "a device or a socket"), (folder.as_str(), "a folder")] {
        for variable in ["KUBECONFIG", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let run = world.command(&["doctor", "api-7c9f"]).variable(variable, place).run().ends_with(2);
            assert!(in_one_line(&run.stderr).contains(told), "{variable}={place}: {run:#?}");
            assert!(run.took < Duration::from_secs(5), "{run:#?}");
        }
        let run = world.run(&["doctor", "--from", place]).ends_with(2);
        assert!(in_one_line(&run.stderr).contains(told), "{run:#?}");
        let run = world.run(&["check-trust", "-f", place]).ends_with(2);
        assert!(in_one_line(&run.stderr).contains(told), "{run:#?}");
    }
    for field in ["tokenFile", "client-certificate"] {
        world.configure(|kubeconfig| {
            kubeconfig["users"][0]["user"] = serde_json::json!({ field: "/dev/zero", "client-key": "/dev/zero" });
        });
        let run = world.doctor(&[]).ends_with(2);
        assert!(in_one_line(&run.stderr).contains("a device or a socket"), "{field}: {run:#?}");
    }
}

#[test]
fn a_pipe_is_read_to_its_end_and_not_waited_for_without_one() {
    let world = World::healthy();
    let (pipe, kubeconfig) = (world.argument("pipe"), world.argument("kubeconfig"));
    assert!(Process::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let script = format!("cat '{kubeconfig}' >'{pipe}'");
    let mut writer = Process::new("sh").args(["-c", &script]).stdin(Stdio::null()).spawn().expect("a writer");
    world.command(&["doctor", "api-7c9f"]).variable("KUBECONFIG", &pipe).run().ends_with(0);
    writer.wait().expect("an end");
    let run = world.command(&["doctor", "api-7c9f"]).variable("KUBECONFIG", &pipe).run().ends_with(2);
    assert!(in_one_line(&run.stderr).contains("nothing more came within 10s"), "{run:#?}");
}
