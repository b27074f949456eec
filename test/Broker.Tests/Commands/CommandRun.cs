using System.CommandLine;
using System.Text.Json;
using Polydev.Broker.Commands;

namespace Polydev.Broker.Tests.Commands;

/// <summary>What one command line answered.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>The one line of JSON that it must be.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.That(Output.Split('\n'), Has.Length.EqualTo(2), $"not one line: {Output}{Error}");
            return JsonDocument.Parse(Output).RootElement;
        }
    }

    public static async Task<CommandRun> RunAsync(string dataFolder, params string[] arguments)
    {
        var root = new RootCommand();
        BrokerCommands.AddTo(root);
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = await root.Parse([.. arguments, "--data", dataFolder])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
