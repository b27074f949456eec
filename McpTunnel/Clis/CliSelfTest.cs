using System.Collections.Concurrent;
using System.Text.Json;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.McpTunnel.Processes;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// Tries a CLI before it serves: through an adapter like the one that serves, but with a false login, an empty home, and a model that is in
/// this process.
/// <code>a conversation, answered with a text -> the same, answered with a forged call of each tool -> all processes gone -> judged</code>
/// </summary>
internal sealed class CliSelfTest
{
    private readonly CliSelfTestPlan _plan;
    private readonly LoopbackServer _server;
    private readonly CliSelfTestPlace _place;
    private readonly string _secret;
    private readonly ConcurrentQueue<AskedModel> _strays = new();
    private readonly ConcurrentQueue<string> _unreadable = new();
    private volatile IReadOnlyList<CliSelfTestTurn> _turns = [];

    private CliSelfTest(string folder, Func<CliSelfTestPlace, CliSelfTestPlan> plan)
    {
        _secret = Guid.NewGuid().ToString("N");
        _server = LoopbackServer.Start(Answer);
        _place = new CliSelfTestPlace(_server.Address, folder);
        _plan = plan(_place);
    }

    /// <param name="machine">Of the adapter that is to serve.</param>
    /// <param name="plan">The CLI's own part. May write into the place's home.</param>
    /// <param name="create">An adapter of that CLI in another world.</param>
    public static async Task<SelfTestVerdict> RunAsync(
        CliEnvironment machine, Func<CliSelfTestPlace, CliSelfTestPlan> plan, Func<CliEnvironment, ICliAdapter> create,
        CancellationToken cancellationToken)
    {
        using var folder = PrivateFolder.Create(machine.RunRoot, "selftest");
        foreach (var name in (string[])["home", "canary"])
        {
            folder.Folder(name);
        }

        var test = new CliSelfTest(folder.Path, plan);
        await using (test._server)
        {
            await File.WriteAllTextAsync(test._place.Secret, test._secret, cancellationToken);
            return await test.RunAsync(machine, create, cancellationToken);
        }
    }

    private async Task<SelfTestVerdict> RunAsync(
        CliEnvironment machine, Func<CliEnvironment, ICliAdapter> create, CancellationToken cancellationToken)
    {
        // The processes are all gone before anything is judged: what one of them still did is seen.
        await using (var adapter = create(World(machine)))
        {
            foreach (var turn in Turns(adapter.Provider))
            {
                _turns = [.. _turns, turn];
                if (!await turn.RunAsync(adapter, cancellationToken) || turn.Asked.Any(asked => asked.Tools.Count > 0))
                {
                    // Nothing is forged for a CLI that has a tool to run it with.
                    break;
                }
            }
        }

        return Judge();
    }

    private IEnumerable<CliSelfTestTurn> Turns(string provider) => _plan.Models.SelectMany(
        model => _plan.Calls.Select(call => (ForgedCall?)call).Prepend(null).Select(
            call => new CliSelfTestTurn(provider, model, call, _place.Secret)));

    // No proxy: it would be asked for this very machine. Nothing of the user's but what a program needs to start, and what he allows.
    private CliEnvironment World(CliEnvironment machine)
    {
        var variables = ChildEnvironment.From(machine.Variables, "POLYDEV_ALLOW_*")
            .Where(variable => !variable.Key.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase))
            .Concat(_plan.Variables)
            .ToDictionary(variable => variable.Key, variable => variable.Value);
        return new CliEnvironment
        {
            Variables = variables,
            Home = _place.Home,
            RunRoot = machine.RunRoot,
            Pool = new CliSessionPoolOptions { Warm = 0 },
            Starts = machine.Starts,
        };
    }

    private LoopbackResponse? Answer(LoopbackRequest request)
    {
        AskedModel? asked;
        try
        {
            asked = _plan.Api.Read(request);
        }
        catch (JsonException)
        {
            _unreadable.Enqueue(request.Resource);
            return LoopbackResponse.NotFound;
        }

        if (asked is null)
        {
            return LoopbackResponse.NotFound;
        }

        if (_turns.FirstOrDefault(turn => asked.Body.Contains(turn.Mark, StringComparison.Ordinal)) is { } turn)
        {
            // A second request of one turn tells what came of the first: it is kept, and waits in vain.
            return turn.Take(asked) ? LoopbackResponse.Events(_plan.Api.Write(asked.Model, turn.Answer, turn.Call)) : null;
        }

        _strays.Enqueue(asked);
        return LoopbackResponse.NotFound;
    }

    private SelfTestVerdict Judge()
    {
        var asked = _turns.SelectMany(turn => turn.Asked).Concat(_strays).ToList();
        if (Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_place.Canary)!).Any())
        {
            return Failed("a tool that no caller offered was run");
        }

        if (asked.Any(request => request.Body.Contains(_secret, StringComparison.Ordinal)))
        {
            return Failed("it sent a file of this machine to the model");
        }

        if (asked.SelectMany(request => request.Tools).FirstOrDefault() is { } tool)
        {
            return Failed($"it offers the model a tool that is not the caller's ({CliText.Redact(tool)})");
        }

        if (!_unreadable.IsEmpty)
        {
            return Failed("what it sends to the model cannot be read");
        }

        foreach (var turn in _turns)
        {
            if (turn.Complaint(_plan.AsksAgain) is { } complaint)
            {
                return turn.IsDecided ? Failed(complaint) : Undecided(complaint);
            }
        }

        return SelfTestVerdict.Passed;
    }

    private SelfTestVerdict Failed(string what) => new(
        SelfTestOutcome.Failed,
        $"{_plan.Name} did not pass the tunnel's self-test: {what}. So it serves nobody. Install another version of it "
        + $"({_plan.Update}), or a newer polydev-mcp: either is tested at once.");

    private SelfTestVerdict Undecided(string what) => new(
        SelfTestOutcome.Undecided,
        $"{_plan.Name} could not be tested, and serves nobody before: {what.TrimEnd('.')}. It is tried again in some minutes. If that does "
        + $"not help, install another version of it ({_plan.Update}).");
}

/// <summary>What is the CLI's own of a <see cref="CliSelfTest"/>.</summary>
internal sealed record CliSelfTestPlan
{
    /// <summary>For a person, such as "Claude Code 2.1.330".</summary>
    public required string Name { get; init; }

    /// <summary>The command that brings another version.</summary>
    public required string Update { get; init; }

    public required ISelfTestApi Api { get; init; }

    /// <summary>Asked one after the other: those that make a difference to what the CLI sends.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Which program, with which false login, and where its vendor is.</summary>
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Of the tools by which it runs, writes and reads. A text of theirs that creates the canary, or tells the secret.</summary>
    public required IReadOnlyList<ForgedCall> Calls { get; init; }

    /// <summary>True where the CLI itself answers a call of an unknown tool and asks again, sooner than it can be stopped.</summary>
    public bool AsksAgain { get; init; }
}

/// <summary>Where a self-test happens.</summary>
/// <param name="Address">The vendor's, without a slash at its end.</param>
internal sealed record CliSelfTestPlace(string Address, string Folder)
{
    /// <summary>The user's home, as it were: empty.</summary>
    public string Home { get; } = Path.Combine(Folder, "home");

    /// <summary>A file that nobody may create; its folder is there, and empty.</summary>
    public string Canary { get; } = Path.Combine(Folder, "canary", "created");

    /// <summary>A file that nobody may read.</summary>
    public string Secret { get; } = Path.Combine(Folder, "secret.txt");
}
