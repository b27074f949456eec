using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Codex;

internal sealed class CodexCliTests
{
    [Test]
    public void Locate_NpmWrapper_GivesTheNativeProgram()
    {
        var wrapper = Path.Combine(TestClis.Folder, "node_modules", ".bin", "codex");

        var found = CodexCli.Locate(
            new CliEnvironment { Variables = new Dictionary<string, string> { ["CODEX_CLI_PATH"] = wrapper }, Home = "/", RunRoot = "/" });

        Assert.That(found, Is.EqualTo(new[] { TestClis.Codex }));
    }
}
