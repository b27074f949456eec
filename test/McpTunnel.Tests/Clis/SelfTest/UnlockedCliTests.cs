using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Codex;
using Polydev.McpTunnel.Clis.Gemini;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Tests.Clis.Codex;
using Polydev.McpTunnel.Tests.Clis.Gemini;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Clis.SelfTest;

/// <summary>The real CLIs, started by a script that takes their lock away, as a version does that knows its settings no more.</summary>
[Category("Cli")]
[UnsupportedOSPlatform("windows")]
[Platform(Exclude = "Win")]
internal sealed class UnlockedCliTests
{
    private TemporaryFolder _programs = null!;

    [SetUp]
    public void SetUp() => _programs = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _programs.Dispose();

    [TestCase(Providers.Codex, "@openai/codex")]
    [TestCase(Providers.Gemini, "@google/gemini-cli")]
    public async Task DetectAsync_CliWithoutItsLock_IsUnusableWithTheReasonAndServesNobody(string provider, string package)
    {
        await using CliRig rig = provider == Providers.Codex
            ? await CodexRig.StartAsync(variables: (CodexCli.PathVariable, WriteCodex()))
            : await GeminiRig.StartAsync(variables: (GeminiCli.PathVariable, WriteGemini()));
        var tested = rig.Cli with { SelfTests = new SelfTestRecords(rig.Folder.Folder("state")) };
        await using ICliAdapter adapter = provider == Providers.Codex
            ? new CodexAdapter(tested, TimeProvider.System, NullLogger<CodexAdapter>.Instance)
            : new GeminiAdapter(tested, TimeProvider.System, NullLogger<GeminiAdapter>.Instance);

        var info = await TestedCli.DetectAsync(adapter);
        var failure = Assert.ThrowsAsync<CliFailureException>(() => AskAsync(adapter).DefaultTimeout())!;

        Assert.Multiple(() =>
        {
            Assert.That(info.State, Is.EqualTo(CliState.Unusable));
            Assert.That(info.Hint, Does.Contain("offers the model a tool that is not the caller's").And.Contain(package));
            Assert.That(info.Hint, Does.Not.Contain(rig.Folder.FullName).And.Not.Contain(_programs.FullName));
            Assert.That((failure.Kind, failure.Message), Is.EqualTo((FailureKind.NoCli, info.Hint)));
            Assert.That(rig.Provider.Requests, Is.Empty);
        });
    }

    // Its features stand as they are by default, and there is a machine to run them on.
    private string WriteCodex()
    {
        var program = _programs.File("codex");
        File.WriteAllText(
            program,
            $"""
            #!/bin/bash
            unset CODEX_EXEC_SERVER_URL
            arguments=()
            while [ $# -gt 0 ]; do
                if [ "$1" = --disable ]; then shift 2; else arguments+=("$1"); shift; fi
            done
            exec '{TestClis.Codex}' "{"${arguments[@]}"}"

            """);
        return Executable(program);
    }

    // Neither its settings nor a policy takes a tool away.
    private string WriteGemini()
    {
        var script = _programs.File("gemini-cli", "bundle", "gemini.js");
        File.WriteAllText(_programs.File("gemini-cli", "package.json"), """{"type":"module","version":"9.9.9"}""");
        File.WriteAllText(
            script,
            $$"""
            import { readFileSync, writeFileSync } from 'node:fs';
            const path = `${process.env.GEMINI_CLI_HOME}/.gemini/settings.json`;
            const { tools, ...settings } = JSON.parse(readFileSync(path, 'utf8'));
            writeFileSync(path, JSON.stringify(settings));
            const real = {{JsonSerializer.Serialize(TestClis.Gemini)}};
            process.argv.splice(process.argv.indexOf('--admin-policy'), 2);
            process.argv[1] = real;
            await import(real);

            """);
        return Executable(script);
    }

    private static string Executable(string path)
    {
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task AskAsync(ICliAdapter adapter)
    {
        var item = new WorkItem { Model = "m", Messages = { CliRig.Message(Role.User, CliRig.Text("hello")) } };
        await foreach (var _ in adapter.RunAsync(item, CancellationToken.None))
        {
        }
    }
}
