import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import config_management


@pytest.mark.parametrize(
    ("active", "enabled", "found"),
    [
        ("", "", ""),
        ("docker.service kubelet.service", "kubelet.service", ""),
        ("puppet.service", "puppet.service", "puppet.service:active+enabled"),
        ("puppet.service", "", "puppet.service:active"),
        ("", "chef-client.timer", "chef-client.timer:enabled"),
        ("cinc-client.timer", "", "cinc-client.timer:active"),
        ("venv-salt-minion.service salt-master.service", "", "venv-salt-minion.service:active"),
        ("cfengine3.service cf-serverd.service", "", "cfengine3.service:active"),
        ("cf-execd.service", "", "cf-execd.service:active"),
        ("rudder-agent.service puppet-run.timer", "", "puppet-run.timer:active rudder-agent.service:active"),
        ("site-ansible-pull.timer", "ansible-pull.timer", "ansible-pull.timer:enabled site-ansible-pull.timer:active"),
        # servers, and what is neither a service nor a timer
        ("puppetserver.service puppetdb.service puppet.slice", "puppetserver.service", ""),
    ],
)
def test_configuration_management(active, enabled, found):
    units = {name: {"ActiveState": "active"} for name in active.split()}
    units["chef-client.service"] = {"ActiveState": "inactive"}
    tools = config_management.config_management(units, enabled.split())
    words = [[word for word in ("active", "enabled") if each[word]] for each in tools]
    assert " ".join("%s:%s" % (each["unit"], "+".join(how)) for each, how in zip(tools, words)) == found
