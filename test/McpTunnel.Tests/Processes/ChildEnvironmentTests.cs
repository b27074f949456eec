using Polydev.McpTunnel.Processes;

namespace Polydev.McpTunnel.Tests.Processes;

internal sealed class ChildEnvironmentTests
{
    [Test]
    public void From_EditorsEnvironment_CarriesTheBaseAndTheNamedOnly()
    {
        var own = new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["HTTPS_PROXY"] = "p",
            ["CLAUDECODE"] = "1",
            ["NODE_OPTIONS"] = "--x",
            ["MCP_X"] = "1",
            ["HOME"] = "/home/ann",
            ["AWS_REGION"] = "r",
            ["AWS_PROFILE"] = "q",
            ["AWSX"] = "no",
            ["ONE"] = "1",
            ["ONE_MORE"] = "no",
        };

        var child = ChildEnvironment.From(own, "AWS_*", "ONE");

        Assert.That(child, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["PATH"] = "/bin",
            ["HTTPS_PROXY"] = "p",
            ["AWS_REGION"] = "r",
            ["AWS_PROFILE"] = "q",
            ["ONE"] = "1",
        }));
    }
}
