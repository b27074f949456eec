using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Exchange;
using Polydev.Broker.Presence;
using Polydev.Broker.Storage;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>A key without limits: from its second call on they are counted while the CLI is at them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UnlimitedKeyTests
{
    private static readonly WorkEvent[] Whole = [WorkEvents.Started(), WorkEvents.Text("hello"), WorkEvents.Finished(StopReason.EndTurn)];

    private readonly ScriptedExchange _exchange = new();
    private RunningBroker _broker = null!;

    private Database Database => _broker.Services.GetRequiredService<Database>();

    [SetUp]
    public async Task SetUp()
    {
        _broker = await RunningBroker.StartAsync(replace: services => services
            .AddSingleton<IWorkExchange>(_exchange).AddSingleton<ITunnelDirectory>(_exchange));
        var first = CallAsync();
        (await _exchange.NextAsync()).Send(Whole);
        Assert.That((await first).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [Test]
    public async Task Call_DatabaseIsBusy_IsDispatchedAndAnsweredOnceItIsCounted()
    {
        Task<HttpResponseMessage> calling;
        ScriptedWork work;
        using (await Database.TurnToWriteAsync(default))
        {
            calling = CallAsync();
            work = await _exchange.NextAsync();
            work.Send(Whole);
            Assert.That((work.Unread, calling.IsCompleted), Is.EqualTo((3, false)), "what is not counted is not answered");
        }

        using var answer = await calling;
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await UsedAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Call_CallerLeavesBeforeItIsCounted_IsCountedAllTheSame()
    {
        ScriptedWork work;
        using (await Database.TurnToWriteAsync(default))
        {
            using var leaving = new CancellationTokenSource();
            var calling = CallAsync(leaving.Token);
            work = await _exchange.NextAsync();
            await leaving.CancelAsync();
            Assert.That(async () => await calling, Throws.InstanceOf<OperationCanceledException>());
        }

        await work.LeftAsync();
        Assert.That(await UsedAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task LimitSetMeanwhile_RefusesWhatWasDispatched_AndCountsFirstFromThenOn()
    {
        await ExecuteAsync("UPDATE credentials SET per_hour = 1 WHERE kind = 1");

        var calling = CallAsync();
        var work = await _exchange.NextAsync();

        using var refused = await calling;
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        await work.LeftAsync();
        using var next = await CallAsync();
        Assert.That(next.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(_exchange.IsIdle, "the second was not dispatched");
        Assert.That(await UsedAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task KeyRevokedElsewhere_EndsWhatWasDispatched()
    {
        await ExecuteAsync("UPDATE credentials SET revoked_at = 1 WHERE kind = 1");

        var calling = CallAsync();
        var work = await _exchange.NextAsync();

        using var refused = await calling;
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        await work.LeftAsync();
    }

    private Task<HttpResponseMessage> CallAsync(CancellationToken cancellationToken = default)
    {
        var (path, body) = CallShapes.Of("openai-chat");
        return _broker.PostAsync(path, body, cancellationToken);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await Database.OpenAsync(default);
        await connection.ExecuteAsync(sql);
    }

    private async Task<int> UsedAsync()
    {
        using var status = JsonDocument.Parse(await _broker.Http.GetStringAsync("status").DefaultTimeout());
        return status.RootElement.GetProperty("limits")[0].GetProperty("used").GetInt32();
    }
}
