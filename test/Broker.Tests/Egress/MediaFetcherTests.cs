using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Dialects.Media;
using Polydev.Broker.Tests.Tunnels;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Egress;

/// <summary>Fetching as a step of a call: when it comes, what it costs, and what ends it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MediaFetcherTests
{
    private const string A = "https://a.pictures.example/a";
    private const string Left = "x-ratelimit-remaining-requests";

    private AddressRig _rig = null!;

    [SetUp]
    public async Task SetUp() => _rig = await AddressRig.StartAsync();

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [Test]
    public async Task Post_AddressOnABrokerThatDoesNotFetch_IsRefused()
    {
        await using var off = await AddressRig.StartAsync(options => options with { FetchAddresses = false });

        using var response = await off.Broker.PostAsync("chat/completions", Body());

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            await response.Content.ReadAsStringAsync(),
            Does.Contain("this broker does not fetch addresses").And.Contain("messages[0].content[0].image_url.url"));
        Assert.That(off.Server.Connections, Is.Zero);
    }

    [Test]
    public async Task Post_BadAddress_IsNotCounted()
    {
        await UseLimitedKeyAsync();
        _rig.Server.Answer = context => PictureServer.Send(context, "text/html", [7]);

        using var bad = await _rig.Broker.PostAsync("chat/completions", Body());
        _rig.Server.Answer = context => PictureServer.Send(context, "image/png", SomeMedia.Of("image/png"));
        _rig.Tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        using var good = await _rig.Broker.PostAsync("chat/completions", Body());

        Assert.That((bad.StatusCode, good.StatusCode), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.OK)));
        Assert.That(good.Headers.GetValues(Left), Is.EqualTo(new[] { "2" }));
    }

    [Test]
    public async Task Post_KeyIsUsedUp_FetchesNothing()
    {
        await UseLimitedKeyAsync();
        _rig.Tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");
        const string question = """{"model":"claude-x","messages":[{"role":"user","content":"q"}]}""";
        HttpResponseMessage last;
        do
        {
            last = await _rig.Broker.PostAsync("chat/completions", question);
        }
        while (last.Headers.GetValues(Left).Single() != "0");

        using var refused = await _rig.Broker.PostAsync("chat/completions", Body());

        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(_rig.Server.Connections, Is.Zero);
    }

    [Test]
    public async Task Post_CallerLeavesWhileItIsFetched_EndsTheFetch()
    {
        var (answering, gone) = Hang(_rig);
        using var leaving = new CancellationTokenSource();
        var sending = _rig.Broker.PostAsync("chat/completions", Body(), leaving.Token);
        await answering.DefaultTimeout();

        await leaving.CancelAsync();

        await gone.DefaultTimeout();
        Assert.CatchAsync<OperationCanceledException>(() => sending);
    }

    [Test]
    public async Task Post_KeyIsRevokedWhileItIsFetched_EndsTheFetchAndTheCall()
    {
        var (answering, gone) = Hang(_rig);
        var sending = _rig.Broker.PostAsync("chat/completions", Body());
        await answering.DefaultTimeout();

        await _rig.Broker.RevokeKeyAsync();

        await gone.DefaultTimeout();
        using var response = await sending;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Post_TimeOfTheCallIsOverWhileItIsFetched_EndsTheFetchAndTheCall()
    {
        var time = new TestClock(TimeProvider.System.GetUtcNow());
        await using var rig = await AddressRig.StartAsync(
            options => options with { CallTime = TimeSpan.FromSeconds(5) }, services => services.AddSingleton<TimeProvider>(time));
        var (answering, gone) = Hang(rig);
        var sending = rig.Broker.PostAsync("chat/completions", Body());
        await answering.DefaultTimeout();

        time.Advance(TimeSpan.FromSeconds(5));

        await gone.DefaultTimeout();
        using var response = await sending;
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.GatewayTimeout));
    }

    [Test]
    public async Task Post_RefusedAddress_IsLoggedByItsHostAlone()
    {
        using var seen = new SeenCalls();
        await using var rig = await AddressRig.StartAsync(replace: seen.AddTo);

        using var response = await rig.Broker.PostAsync("chat/completions", Body("https://private.pictures.example/SECRET?SECRET#SECRET"));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(seen.Texts, Has.One.StartsWith("A picture or document at private.pictures.example was not fetched: its host is not"));
        Assert.That(seen.Texts, Has.None.Contains("SECRET"));
    }

    [Test]
    public async Task Post_OneOfManyAddressesIsBad_EndsTheOthers()
    {
        var (answering, gone) = Hang(_rig);
        var sending = _rig.Broker.PostAsync("chat/completions", Body(A, "https://b.pictures.example/bad"));
        await answering.DefaultTimeout();

        await gone.DefaultTimeout();
        using var response = await sending;
        Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain("content[1].image_url.url"));
    }

    [Test]
    public async Task Post_ManyAddresses_FetchesFourAtOnce()
    {
        var now = 0;
        var seen = new ConcurrentBag<int>();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rig.Server.Answer = async context =>
        {
            var atOnce = Interlocked.Increment(ref now);
            seen.Add(atOnce);
            if (atOnce >= 4)
            {
                release.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref now);
            await PictureServer.Send(context, "image/png", SomeMedia.Of("image/png"));
        };
        _rig.Tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _rig.Broker.PostAsync("chat/completions", Body([.. Enumerable.Range(0, 12).Select(n => $"{A}{n}")]));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(seen.Max(), Is.EqualTo(4));
    }

    private static string Body(params string[] urls) => MediaRequests.Post("chat", MediaRequests.Message(
        "chat", "user", [.. (urls.Length > 0 ? urls : [A]).Select(url => MediaRequests.Address("chat", url))])).Body;

    private async Task UseLimitedKeyAsync()
    {
        var request = new CredentialRequest
        {
            Kind = CredentialKind.ApiKey,
            AccountId = Account.OwnerId,
            Name = "limited",
            Limits = new KeyLimits(3, null, null),
        };
        var key = await _rig.Broker.Services.GetRequiredService<CredentialIssuer>().IssueAsync(request, default);
        _rig.Broker.Http.DefaultRequestHeaders.Authorization = new("Bearer", key.Secret.Reveal());
    }

    /// <summary>The first request that comes is never answered.</summary>
    private static (Task Answering, Task Gone) Hang(AddressRig rig)
    {
        var answering = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Server.Answer = async context =>
        {
            if (context.Request.Path == "/bad")
            {
                await answering.Task;
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.RequestAborted.Register(gone.SetResult);
            answering.SetResult();
            await gone.Task;
        };
        return (answering.Task, gone.Task);
    }
}
