using System.Text.Json;
using Polydev.McpTunnel.JsonRpc;
using Polydev.McpTunnel.Processes;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.JsonRpc;

internal sealed class JsonRpcPeerTests
{
    private static readonly JsonRpcMethod<Ask, Told> Count = new("count", TestJson.Default.Ask, TestJson.Default.Told);

    [Test]
    public async Task CallAsync_AnswersInOtherOrder_EachFindsItsCall()
    {
        await using var other = new ScriptedPeer();
        var first = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        var second = other.Peer.CallAsync(Count, new Ask("b"), CancellationToken.None);
        var sent = await other.HearAsync().DefaultTimeout();

        await other.SayAsync("""{"id":2,"result":{"number":20}}""", """{"jsonrpc":"2.0","id":1,"result":{"number":10}}""");

        Assert.Multiple(async () =>
        {
            Assert.That((await first.DefaultTimeout()).Number, Is.EqualTo(10));
            Assert.That((await second.DefaultTimeout()).Number, Is.EqualTo(20));
            Assert.That(sent.GetRawText(), Is.EqualTo("""{"jsonrpc":"2.0","id":1,"method":"count","params":{"text":"a"}}"""));
        });
    }

    [Test]
    public async Task CallAsync_Error_ThrowsItsCodeAndMessage()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync("""{"id":1,"error":{"code":-32600,"message":"no","data":{"why":"x"}}}""");

        var error = Assert.ThrowsAsync<JsonRpcErrorException>(() => call.DefaultTimeout());

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(-32600));
            Assert.That(error.Message, Is.EqualTo("no"));
            Assert.That(error.Details.GetProperty("why").GetString(), Is.EqualTo("x"));
        });
    }

    [Test]
    public async Task CallAsync_ResultOfAnotherShape_Throws()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync("""{"id":1,"result":{"number":"ten"}}""");

        Assert.That(() => call.DefaultTimeout(), Throws.InstanceOf<JsonRpcClosedException>().With.Message.Contains("count"));
    }

    [Test]
    public async Task CallAsync_PeerEnds_FailsWithTheCauseAndLaterCallsToo()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.EndAsync();

        Assert.Multiple(() =>
        {
            Assert.That(() => call.DefaultTimeout(), Throws.InstanceOf<JsonRpcClosedException>().With.Message.EqualTo("It fell over."));
            Assert.That(
                () => other.Peer.CallAsync(Count, new Ask("b"), CancellationToken.None).DefaultTimeout(),
                Throws.InstanceOf<JsonRpcClosedException>());
            Assert.That(other.Peer.IsOpen, Is.False);
        });
    }

    [Test]
    public async Task CallQuietlyAsync_MoreNotificationsThanMayWait_StillAnswered()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallQuietlyAsync(Count, new Ask("a"), CancellationToken.None);
        for (var i = 0; i < 200; i++)
        {
            await other.SayAsync($$"""{"method":"noise","params":{{i}}}""");
        }

        await other.SayAsync("""{"id":1,"result":{"number":1}}""");

        Assert.That((await call.DefaultTimeout()).Number, Is.EqualTo(1));
    }

    [Test]
    public async Task NotificationsUntilAsync_AnswerAfterThem_GivesAllInOrderThenEnds()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync(
            """{"method":"a","params":{"n":1}}""", """{"method":"b"}""", """{"id":1,"result":{"number":1}}""", """{"method":"later"}""");

        var seen = await ReadAsync(other.Peer.NotificationsUntilAsync(call, CancellationToken.None)).DefaultTimeout();

        Assert.That(seen[..2], Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task NotificationsAsync_EndlessPeer_IsReadOnlyAsFastAsTheyAreTaken()
    {
        const int Taken = 5_000;
        await using var endless = new EndlessNotifications();
        var peer = new JsonRpcPeer(new LineReader(endless), (_, _) => Task.CompletedTask, _ => Task.FromResult("ended"));
        var seen = 0;
        await foreach (var _ in peer.NotificationsAsync(CancellationToken.None))
        {
            if (++seen == Taken)
            {
                break;
            }

            await Task.Yield();
        }

        // What waits in the peer, and one or two buffers of the reader.
        var ahead = endless.BytesRead - ((long)Taken * EndlessNotifications.LineBytes);
        await peer.DisposeAsync();
        Assert.That(ahead, Is.LessThan(64 * 1024));
    }

    [Test]
    public async Task NotificationsAsync_PeerEnds_GivesWhatItSaidThenThrows()
    {
        await using var other = new ScriptedPeer();
        await other.SayAsync("""{"method":"a"}""");
        await other.EndAsync();
        var seen = new List<string>();

        async Task ReadAllAsync()
        {
            await foreach (var next in other.Peer.NotificationsAsync(CancellationToken.None))
            {
                seen.Add(next.Method);
            }
        }

        Assert.ThrowsAsync<JsonRpcClosedException>(() => ReadAllAsync().DefaultTimeout());
        Assert.That(seen, Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public async Task NotificationsAsync_Cancelled_Throws()
    {
        await using var other = new ScriptedPeer();
        using var cancel = new CancellationTokenSource();
        var reading = ReadAsync(other.Peer.NotificationsAsync(cancel.Token));
        await cancel.CancelAsync();

        Assert.That(() => reading.DefaultTimeout(), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Request_NoHandler_IsRefusedWithItsOwnId()
    {
        await using var other = new ScriptedPeer();
        await other.SayAsync("""{"id":"x-0","method":"fs/read","params":{}}""");

        var reply = await other.HearAsync().DefaultTimeout();

        Assert.That(
            reply.GetRawText(), Is.EqualTo("""{"jsonrpc":"2.0","id":"x-0","error":{"code":-32601,"message":"fs/read is not offered."}}"""));
    }

    [Test]
    public async Task Request_Handler_ItsResultGoesBack()
    {
        await using var other = new ScriptedPeer((request, _) => Task.FromResult(JsonRpcReply.Of(JsonElement.Parse("""{"ok":true}"""))));
        await other.SayAsync("""{"id":0,"method":"ask"}""");

        var reply = await other.HearAsync().DefaultTimeout();

        Assert.That(reply.GetRawText(), Is.EqualTo("""{"jsonrpc":"2.0","id":0,"result":{"ok":true}}"""));
    }

    [Test]
    public async Task Request_HandlerThrows_ClosesThePeerWithTheCause()
    {
        await using var other = new ScriptedPeer((_, _) => throw new ArithmeticException());
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync("""{"id":0,"method":"ask"}""");

        Assert.That(
            () => call.DefaultTimeout(), Throws.InstanceOf<JsonRpcClosedException>().With.InnerException.InstanceOf<ArithmeticException>());
    }

    [Test]
    public async Task Garbage_AFewLines_AreTolerated()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync("Welcome!", "", "[1]", """{"id":1}""", """{"id":9,"result":{}}""", """{"id":1,"result":{"number":3}}""");

        Assert.That((await call.DefaultTimeout()).Number, Is.EqualTo(3));
    }

    [Test]
    public async Task Garbage_WithoutEnd_ClosesThePeer()
    {
        await using var other = new ScriptedPeer();
        var call = other.Peer.CallAsync(Count, new Ask("a"), CancellationToken.None);
        await other.SayAsync([.. Enumerable.Repeat("garbage", 101)]);

        Assert.That(() => call.DefaultTimeout(), Throws.InstanceOf<JsonRpcClosedException>().With.Message.Contains("no JSON-RPC"));
    }

    private static async Task<List<string>> ReadAsync(IAsyncEnumerable<JsonRpcNotification> notifications)
    {
        var seen = new List<string>();
        await foreach (var next in notifications)
        {
            seen.Add(next.Method);
        }

        return seen;
    }
}
