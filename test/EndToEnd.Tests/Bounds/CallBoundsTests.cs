using System.Net;
using System.Text;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// More calls at once than are taken, by a key, an account, the broker and a tunnel, and a call that takes more time than it may: the
/// documented error, within the memory that is documented, beside another caller's stream.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CallBoundsTests
{
    private readonly (string Path, string Json) _call = CallShapes.Of("openai-chat", "codex/held");

    private BoundsRig? _rig;

    [TearDown]
    public async Task TearDown()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
        }
    }

    [Test]
    public async Task Calls_OneMoreThanAKeyMayHave_Are429()
    {
        _rig = await BoundsRig.StartAsync();

        await ExpectOneRefusedAsync(129, HttpStatusCode.TooManyRequests, "this key has 128 calls in hand", _rig.Stack.Key);
    }

    [Test]
    public async Task Calls_OneMoreThanAnAccountMayHave_Are429()
    {
        _rig = await BoundsRig.StartAsync();
        var other = await _rig.Stack.CreateAsync("key");

        // With the stream beside, which is one of the account's.
        await ExpectOneRefusedAsync(
            256, HttpStatusCode.TooManyRequests, "this account has 256 calls in hand", _rig.Stack.Key, other);
    }

    [Test]
    public async Task Calls_OneMoreThanTheBrokerMayHave_AreOverloaded()
    {
        _rig = await BoundsRig.StartAsync(new Dictionary<string, string> { ["POLYDEV__LIMITS__CALLS"] = "64" });

        await ExpectOneRefusedAsync(64, HttpStatusCode.ServiceUnavailable, "This broker has 64 calls in hand", _rig.Stack.Key);
    }

    // The tunnel's one place is the stream's: all others wait, of whom there may be 256.
    [Test]
    public async Task Calls_OneMoreThanMayWaitInATunnel_AreBusyAtOnce()
    {
        _rig = await BoundsRig.StartAsync(
            new Dictionary<string, string> { ["POLYDEV__LIMITS__CALLSPERKEY"] = "300", ["POLYDEV__LIMITS__CALLSPERACCOUNT"] = "300" },
            new Dictionary<string, string> { ["POLYDEV_MAX_CONCURRENT"] = "1" });
        var (path, json) = CallShapes.Of("openai-chat", KnownModels.Echo);

        await ExpectOneRefusedOfAsync(
            path, json, 257, HttpStatusCode.ServiceUnavailable, "256 calls wait for one already", _rig.Stack.Key);
    }

    // The limit is every call's: beside the one that comes to it, short streams follow one another, before and past its end.
    [Test]
    public async Task Call_OfMoreTimeThanItMayTake_Is504()
    {
        const int Short = 200;
        _rig = await BoundsRig.StartAsync(isStreaming: false, more: ["--call-seconds", "10"]);
        await using var silent = await _rig.ConnectAsync(BoundsRig.Hello("silent"));
        var held = _rig.AskAsync(_call.Path, _call.Json);
        var item = await silent.NextAsync();

        bool isOver;
        do
        {
            isOver = held.IsCompleted;
            using var beside = await StreamBeside.BeginAsync(_rig.Stack, _rig.OtherKey, Short);
            await beside.EndAsync();
        }
        while (!isOver);

        var (status, told) = await held;
        Assert.That(status, Is.EqualTo(HttpStatusCode.GatewayTimeout), told);
        Assert.That(told, Does.Contain("10 seconds").And.Contain(CallShapes.ErrorMark("openai-chat")));
        await silent.CancelledAsync(item.WorkId);
        await _rig.AssertUndisturbedAsync();
    }

    // By a tunnel that answers none of them, so that those that are taken stay in hand.
    private async Task ExpectOneRefusedAsync(int calls, HttpStatusCode status, string text, params string[] keys)
    {
        await using var silent = await _rig!.ConnectAsync(BoundsRig.Hello("silent"));
        await ExpectOneRefusedOfAsync(_call.Path, _call.Json, calls, status, text, keys);
    }

    // All are asked at once; whichever comes last is refused, and is the only one that has an answer.
    private async Task ExpectOneRefusedOfAsync(
        string path, string json, int calls, HttpStatusCode expected, string text, params string[] keys)
    {
        using var gone = new CancellationTokenSource();
        var clients = Array.ConvertAll(keys, _rig!.Stack.CreateClient);
        var asked = Enumerable.Range(0, calls)
            .Select(index => _rig.AskAsync(path, json, clients[index % clients.Length], gone.Token)).ToList();

        var refused = await Task.WhenAny(asked).DefaultTimeout();
        var (status, told) = await refused;

        Assert.That(status, Is.EqualTo(expected), told);
        Assert.That(told, Does.Contain(text).And.Contain(CallShapes.ErrorMark("openai-chat")));
        await _rig.GoOnAsync();
        asked.Remove(refused);
        Assert.That(asked.Any(call => call.IsCompleted), Is.False, "One alone was too many.");

        await gone.CancelAsync();
        Assert.That(async () => await Task.WhenAll(asked).DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
        Array.ForEach(clients, client => client.Dispose());
        await _rig.AssertUndisturbedAsync();
    }
}
