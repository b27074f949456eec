using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Presence;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Work;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Api;

/// <summary>What goes wrong at the very moment at which an answer begins.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokenAnswerTests
{
    private const string Question = """{"model":"claude-opus-4-6","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    [Test]
    public async Task KeyRevoked_WithFramesNotYetSent_EndsThemWithTheDialectsError()
    {
        var exchange = new BreakingExchange();
        await using var broker = await StartAsync(exchange);
        var key = broker.Key["pk-".Length..][..12];
        var revocations = broker.Services.GetRequiredService<Revocations>();

        // While the answer's first frame is written, and not yet sent.
        exchange.AfterFirst = () => revocations.AnnounceAsync(key).DefaultTimeout().GetAwaiter().GetResult();

        using var response = await broker.PostAsync("chat/completions", Question);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await response.Content.ReadAsStringAsync().DefaultTimeout(), Does.Contain("half").And.Contain("revoked"));
    }

    [Test]
    public async Task Defect_WithFramesNotYetSent_IsNoErrorBehindThem()
    {
        var exchange = new BreakingExchange { AfterFirst = () => throw new InvalidOperationException("A defect.") };
        await using var broker = await StartAsync(exchange);
        broker.Logs.Expect("Unexpected");

        Assert.That(async () => await broker.PostAsync("chat/completions", Question), Throws.InstanceOf<HttpRequestException>());
        Assert.That(exchange.HasBegun, Is.True);
    }

    [Test]
    public async Task Body_TooSlowForTheServer_IsATimeout()
    {
        await using var broker = await StartAsync(new BreakingExchange
        {
            Fails = new BadHttpRequestException("Reading the request body timed out.", StatusCodes.Status408RequestTimeout),
        });

        using var response = await broker.PostAsync("chat/completions", Question);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.GatewayTimeout));
        Assert.That(response.Headers.GetValues("x-should-retry"), Is.EqualTo(new[] { "true" }));
    }

    private static Task<RunningBroker> StartAsync(BreakingExchange exchange) => RunningBroker.StartAsync(replace: services =>
        services.AddSingleton<IWorkExchange>(exchange).AddSingleton<ITunnelDirectory>(new ScriptedExchange()));

    // Gives one event, then does what the test says.
    private sealed class BreakingExchange : IWorkExchange, IWorkStream
    {
        public Action? AfterFirst { get; set; }

        public Exception? Fails { get; init; }

        public bool HasBegun { get; private set; }

        public IWorkStream Start(ModelRoute route, WorkItem item) => Fails is { } e ? throw e : this;

        public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<bool>(cancellationToken) : ValueTask.FromResult(true);

        public bool TryRead([NotNullWhen(true)] out WorkEvent? next)
        {
            next = HasBegun ? null : WorkEvents.Text("half");
            if (next is null)
            {
                AfterFirst?.Invoke();
            }

            HasBegun = true;
            return next is not null;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
