using System.Runtime.Versioning;
using Polydev.McpTunnel.Clis.Claude;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.Claude;

/// <summary>With a program in the CLI's place that behaves as it should not.</summary>
[UnsupportedOSPlatform("windows")]
[Platform(Exclude = "Win")]
internal sealed class ClaudeCliTests
{
    [TestCase("echo 'no json here'; exec cat > /dev/null", "not its protocol")]
    [TestCase(
        "echo 'starting' >&2; echo \"error: unknown option '--tools' in /home/ann/x.js\" >&2; exit 1", "unknown option '--tools' in …")]
    [TestCase("exit 0", "ended unexpectedly")]
    [TestCase("""echo '{"type":"control_response","response":"""
        + """{"subtype":"error","request_id":"initialize","error":"not so"}}'; exec cat > /dev/null""", "refused its initialize: not so")]
    public async Task RunAsync_CliThatMisbehaves_FailsWithItsCause(string script, string expected)
    {
        using var folder = new TemporaryFolder();
        await using var rig = await ClaudeRig.StartAsync(
            ("ANTHROPIC_API_KEY", "test"), ("CLAUDE_CODE_PATH", Program(folder, "2.1.330", script)));

        var failure = rig.Fails(ClaudeRig.Ask("Hello"));
        var info = await rig.Adapter.DetectAsync(CancellationToken.None).DefaultTimeout();

        Assert.Multiple(() =>
        {
            Assert.That(failure.Kind, Is.EqualTo(FailureKind.CliCrashed));
            Assert.That(failure.Message, Does.Contain(expected));
            Assert.That(info.State, Is.EqualTo(CliState.Unusable));
            Assert.That(info.Hint, Does.Contain(expected));
        });
    }

    [TestCase("2.1.330", "", false)]
    [TestCase("2.1.300", ClaudeRig.Model, true)]
    public async Task RunAsync_AnyVersion_GetsOnlyFlagsOfTheLockAndNoCallersText(string version, string model, bool hasModel)
    {
        using var folder = new TemporaryFolder();
        var seen = folder.Folder("seen");
        var program = Program(folder, version, $"(printf '%s\\n' \"$@\"; env) > $TMPDIR/seen; mv $TMPDIR/seen {seen}/$$; exit 1");
        await using var rig = await ClaudeRig.StartAsync(
            ("ANTHROPIC_API_KEY", "test"), ("CLAUDE_CODE_PATH", program), ("CLAUDECODE", "1"), ("NODE_OPTIONS", "--x"),
            ("AWS_SECRET_ACCESS_KEY", "s"), ("MCP_X", "1"));

        rig.Fails(ClaudeRig.Conversation("the-system", "the-question"));

        var text = await File.ReadAllTextAsync(Directory.EnumerateFiles(seen).First());
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("--strict-mcp-config").And.Contain("--bare").And.Contain("CLAUDE_CODE_DISABLE_ATTACHMENTS=1"));
            Assert.That(
                text,
                Does.Not.Contain("the-").And.Not.Contain("CLAUDECODE").And.Not.Contain("NODE_OPTIONS").And.Not.Contain("AWS_")
                    .And.Not.Contain("MCP_X"));
            Assert.That(text.Contains($"--model\n{model}\n", StringComparison.Ordinal), Is.EqualTo(hasModel));
            Assert.That(text, Does.Contain($"HOME={rig.Cli.RunRoot}").And.Contain($"CLAUDE_CONFIG_DIR={rig.Cli.RunRoot}"));
        });
    }

    [Test]
    public void Of_CloudOfTheSettings_CarriesItsVariablesAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File(".claude", "settings.json"),
            """{"env":{"CLAUDE_CODE_USE_BEDROCK":"1","AWS_REGION":"us-east-1","ANTHROPIC_MODEL":"x"},}""");
        var login = ClaudeLogin.Of(new McpTunnel.Clis.CliEnvironment
        {
            Variables = new Dictionary<string, string> { ["GOOGLE_CLOUD_PROJECT"] = "p" },
            Home = folder.FullName,
            RunRoot = folder.FullName,
        });

        var child = McpTunnel.Processes.ChildEnvironment.From(login.Variables, login.Carried);

        Assert.That(login.Kind, Is.EqualTo(ClaudeLoginKind.Cloud));
        Assert.That(child.Keys, Is.EquivalentTo(new[] { "CLAUDE_CODE_USE_BEDROCK", "AWS_REGION" }));
    }

    private static string Program(TemporaryFolder folder, string version, string script)
    {
        var path = folder.File("claude");
        File.WriteAllText(path, $"#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{version} (Claude Code)'; exit; fi\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
