# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a boot loader's files, in the forms that grub-mkconfig and kernel-install give them."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import boot_entry as core

KERNEL = "vmlinuz-6.1.0-26-cloud-amd64"
RUNNING = "BOOT_IMAGE=/boot/%s root=UUID=abc ro quiet systemd.unified_cgroup_hierarchy=0\n" % KERNEL
MENU = """\
set default="0"
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
fi
function load_video {
  insmod all_video
}
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-abc' {
\tload_video
\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\tsearch --no-floppy --fs-uuid --set=root abc
\techo\t'Loading Linux 6.12.1 ...'
\tlinux\t/boot/vmlinuz-6.12.1 root=UUID=abc ro quiet
\tinitrd\t/boot/initrd.img-6.12.1
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-abc' {
\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0 (recovery mode)' $menuentry_id_option 'recovery' {
\t\tlinux\t/boot/%(k)s root=UUID=abc ro single
\t\tinitrd\t/boot/initrd.img-6.1.0-26-cloud-amd64
\t}
\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0' $menuentry_id_option 'gnulinux-6.1.0' {
\t\tload_video
\t\tlinux\t/boot/%(k)s root=UUID=abc ro quiet systemd.unified_cgroup_hierarchy=0
\t\tinitrd\t/boot/initrd.img-6.1.0-26-cloud-amd64
\t}
}
menuentry 'UEFI Firmware Settings' {
\tfwsetup
}
if [ -f  ${config_directory}/custom.cfg ]; then
  source ${config_directory}/custom.cfg
fi
""" % {"k": KERNEL}
DEFAULTS = {
    "/etc/default/grub": (
        'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet systemd.unified_cgroup_hierarchy=0"\nGRUB_CMDLINE_LINUX=""\n'
    ),
    "/etc/default/grub.d/50-cloud.cfg": 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX console=ttyS0"\n',
}
GRUB = ["grub-mkconfig", "grub-reboot", "grub-editenv"]
ENTRY = """\
title Rocky Linux (4.18.0-553.el8.x86_64) 8.10
version 4.18.0-553.el8.x86_64
linux /vmlinuz-4.18.0-553.el8.x86_64
initrd /initramfs-4.18.0-553.el8.x86_64.img $tuned_initrd
options $kernelopts $tuned_params
id rocky-20240517-4.18.0-553.el8.x86_64
grub_users $grub_users
"""


def menu(without="nothing", running=RUNNING):
    return core.menu_facts("/boot/grub/grub.cfg", MENU.replace(without, "x"), running)


def grub(**changes):
    facts = {
        "cmdline": RUNNING,
        "tools": GRUB,
        "grub_cfg": menu(),
        "custom_cfg": None,
        "defaults": core.concerned(DEFAULTS),
        "bls": {},
        "bls_folder": "/boot/loader/entries",
        "device": "/dev/vda1",
        "fstype": "ext4",
    }
    return dict(facts, **changes)


def booted(running):
    return grub(cmdline=running, grub_cfg=menu(running=running))


def bls(**changes):
    running = "BOOT_IMAGE=(hd0,msdos1)/vmlinuz-4.18.0-553.el8.x86_64 root=/dev/sda2 ro crashkernel=auto"
    facts = grub(cmdline=running, tools=["grubby", "grub2-reboot", "grub2-editenv", "grub2-mkconfig"], grub_cfg=None)
    facts.update(bls={"abc-0-rescue.conf": "title r\nlinux /vmlinuz-0-rescue-abc\n", "abc-4.18.0.conf": ENTRY})
    return dict(facts, **changes)


@pytest.mark.parametrize(
    "before, after",
    [
        ("ro quiet", "ro quiet NEW"),
        ("ro systemd.unified_cgroup_hierarchy=0 quiet", "ro quiet NEW"),
        ("systemd.unified_cgroup_hierarchy", "NEW"),
        ("systemd.legacy_systemd_cgroup_controller=yes cgroup_no_v1=all swapaccount=1", "swapaccount=1 NEW"),
        ("SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1", "NEW"),
        ("systemd.unified_cgroup_hierarchy=1", "NEW"),
    ],
)  # fmt: skip
def test_arguments(before, after):
    assert " ".join(core.arguments(before.split())) == after.replace("NEW", core.ARGUMENT)


def test_the_entry_for_once_is_like_the_one_that_runs():
    plan = core.plan(grub())
    entry = plan["files"][0]
    assert (entry["path"], entry["group"]) == ("/boot/grub/custom.cfg", "boot")
    assert entry["content"] == (
        "### begin cri-switchover ###\n"
        "menuentry 'cri.switchover: cgroup v2, once' --id cri-switchover {\n"
        "\t\tload_video\n"
        "\t\tlinux\t/boot/%s root=UUID=abc ro quiet systemd.unified_cgroup_hierarchy=1\n"
        "\t\tinitrd\t/boot/initrd.img-6.1.0-26-cloud-amd64\n"
        "}\n"
        "### end cri-switchover ###\n" % KERNEL
    )
    assert plan["once"] == [["grub-reboot", "cri-switchover"]] and plan["cgroup"] == 2
    assert plan["undo"] == [["grub-editenv", "/boot/grub/grubenv", "unset", "next_entry"]]


def test_what_makes_it_permanent():
    plan = core.plan(grub())
    files = {item["path"]: item["content"] for item in plan["files"] if item["group"] == "permanent"}
    assert files == {
        "/etc/default/grub": 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
        core.DROP_IN: '# Written by cri.switchover.\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX %s"\n' % core.ARGUMENT,
    }
    assert plan["permanent"] == plan["undo_permanent"] == [["grub-mkconfig", "-o", "/boot/grub/grub.cfg"]]


def test_a_kernel_that_was_started_with_other_arguments_by_hand():
    running = RUNNING.replace("quiet", "quiet debug")
    entry = core.plan(booted(running))["files"][0]["content"]
    assert "ro quiet debug systemd.unified_cgroup_hierarchy=1\n" in entry and "single" not in entry


def test_the_operators_own_entries_stay():
    mine = "menuentry 'memtest' {\n\tlinux16 /boot/memtest\n}"
    once = core.plan(grub(custom_cfg=mine))["files"][0]["content"]
    assert once.startswith(mine + "\n### begin")
    assert core.plan(grub(custom_cfg=once))["files"][0]["content"] == once, "one of ours is enough"


def test_entries_in_files():
    plan = core.plan(bls())
    assert plan["files"] == [
        {
            "path": "/boot/loader/entries/0-cri-switchover.conf", "group": "boot", "mode": "0644", "before": None,
            "content": "title cri.switchover: cgroup v2, once\n"
            "version 4.18.0-553.el8.x86_64\n"
            "linux /vmlinuz-4.18.0-553.el8.x86_64\n"
            "initrd /initramfs-4.18.0-553.el8.x86_64.img $tuned_initrd\n"
            "grub_users $grub_users\n"
            "options root=/dev/sda2 ro crashkernel=auto systemd.unified_cgroup_hierarchy=1\n",
        }
    ]  # fmt: skip
    assert plan["once"] == [["grub2-reboot", "0-cri-switchover"]]
    assert plan["permanent"] == [["grubby", "--update-kernel=ALL", "--args=" + core.ARGUMENT]]
    old = "systemd.unified_cgroup_hierarchy=0"
    plan = core.plan(bls(cmdline=bls()["cmdline"] + " " + old))
    assert plan["permanent"][0][-1] == "--remove-args=" + old
    assert plan["undo_permanent"][0][2:] == ["--remove-args=" + core.ARGUMENT, "--args=" + old]


@pytest.mark.parametrize(
    "facts, why",
    [
        (grub(fstype="btrfs"), "cannot write to btrfs"),
        (grub(device="/dev/mapper/vg-root"), "cannot write to ext4 on /dev/mapper/vg-root"),
        (grub(device="/dev/md0"), "would stay for all"),
        (grub(tools=["grub-mkconfig"]), "no boot loader is known"),
        (grub(grub_cfg=None), "no boot loader is known"),
        (grub(grub_cfg=menu("next_entry")), "not made by grub-mkconfig"),
        (grub(grub_cfg=menu("custom.cfg")), "not made by grub-mkconfig"),
        (booted("BOOT_IMAGE=/boot/vmlinuz-5 ro"), "no entry for the running kernel (vmlinuz-5)"),
        ({"secret": True}, "seem to contain a secret"),
        (booted("ro quiet"), "no entry for the running kernel (not known)"),
        (bls(cmdline="BOOT_IMAGE=/vmlinuz-5 ro"), "no boot entry is for the running kernel (vmlinuz-5)"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_tried_once(facts, why):
    with pytest.raises(core.BootError) as caught:
        core.plan(facts)
    assert why in str(caught.value)
