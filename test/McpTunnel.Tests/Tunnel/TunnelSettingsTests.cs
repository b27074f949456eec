using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Tests.Tunnel;

public sealed class TunnelSettingsTests
{
    [Test]
    public void FromEnvironment_TokenAlone_TakesTheBrokerOfThisMachine()
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string> { ["POLYDEV_USER_TOKEN"] = " pd_x\n" });

        Assert.That((settings.Broker, settings.Token), Is.EqualTo((new Uri("http://127.0.0.1:5080"), "pd_x")));
        Assert.That(settings.Problem, Is.Null);
    }

    [Test]
    public void FromEnvironment_NoToken_SaysWhatToDo()
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string>());

        Assert.That(settings.Problem, Does.Contain("POLYDEV_USER_TOKEN").And.Contain("token create"));
    }

    [TestCase("broker.example.com")]
    [TestCase("ftp://broker.example.com")]
    [TestCase("/path")]
    [TestCase("https://ann:secret@broker.example.com")]
    public void FromEnvironment_UrlOfNoBroker_NamesTheVariable(string url)
    {
        var variables = new Dictionary<string, string> { ["POLYDEV_BROKER_URL"] = url, ["POLYDEV_USER_TOKEN"] = "pd_x" };
        var settings = TunnelSettings.FromEnvironment(variables);

        Assert.That(settings.Problem, Does.StartWith("POLYDEV_BROKER_URL").And.Not.Contain("secret"));
    }

    [Test]
    public void FromEnvironment_TokenThatNoHeaderBears_IsAProblemAndStaysUnsaid()
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string> { ["POLYDEV_USER_TOKEN"] = "pd_x\r\nX-Other: 1" });

        Assert.That(settings.Problem, Does.StartWith("POLYDEV_USER_TOKEN").And.Not.Contain("X-Other"));
    }

    [TestCase("POLYDEV_BROKER_URL", "http://desk:5080", "POLYDEV_BROKER_URL (http://desk:5080/)")]
    [TestCase("POLYDEV_BROKER_URL", "http://10.0.0.1:5080", "POLYDEV_INSECURE=1")]
    [TestCase("POLYDEV_GRPC_URL", "http://desk:5081", "POLYDEV_GRPC_URL (http://desk:5081/)")]
    [TestCase("POLYDEV_GRPC_URL", "desk", "POLYDEV_GRPC_URL is not an http or https address")]
    [TestCase("POLYDEV_CA_FILE", "/nowhere/ca.pem", "POLYDEV_CA_FILE")]
    public void FromEnvironment_WhatWouldExposeTheToken_IsAProblemThatNamesTheFix(string name, string value, string text)
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string> { ["POLYDEV_USER_TOKEN"] = "pd_x", [name] = value });

        Assert.That(settings.Problem, Does.Contain(text));
    }

    [TestCase("POLYDEV_BROKER_URL", "http://localhost:5080", "0")]
    [TestCase("POLYDEV_BROKER_URL", "http://[::1]:5080", "")]
    [TestCase("POLYDEV_BROKER_URL", "https://broker.example", "")]
    [TestCase("POLYDEV_BROKER_URL", "http://desk:5080", "1")]
    [TestCase("POLYDEV_GRPC_URL", "http://desk:5081", "1")]
    public void FromEnvironment_WhatStaysHereOrIsAllowed_IsNoProblem(string name, string value, string insecure)
    {
        var settings = TunnelSettings.FromEnvironment(new Dictionary<string, string>
        {
            ["POLYDEV_USER_TOKEN"] = "pd_x",
            ["POLYDEV_INSECURE"] = insecure,
            [name] = value,
        });

        Assert.That(settings.Problem, Is.Null);
    }

    [Test]
    public void ToString_WithToken_DoesNotTellIt()
    {
        var settings = new TunnelSettings { Token = "pd_secret" };

        Assert.That($"{settings}", Does.Not.Contain("pd_secret"));
    }
}
