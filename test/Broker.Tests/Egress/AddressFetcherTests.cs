using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Polydev.Broker.Conversations;
using Polydev.Broker.Egress;
using Polydev.Broker.Limits;
using Polydev.Broker.Tests.Keys;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Egress;

/// <summary>One address: what is fetched, what is not, and that it ends.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AddressFetcherTests
{
    private const string A = "https://a.pictures.example/";

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _leaving = new();
    private readonly BodyMemory _memory = new(new LimitOptions(), TimeProvider.System);
    private PictureServer _server = null!;
    private FakeNetwork _network = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await PictureServer.StartAsync();
        _network = new FakeNetwork(_server);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _server.DisposeAsync();
        _leaving.Dispose();
        Assert.That(_memory.InUse, Is.Zero, "All memory is given back.");
    }

    [TestCase(1)]
    [TestCase(300_000)]
    [TestCase(RequestBounds.MediaBytes)]
    public async Task Fetch_DataOfAnyLength_IsItByteForByte(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        _server.Answer = context => PictureServer.Send(context, "image/png; a=b", data);

        var fetched = await FetchAsync(A);

        Assert.That(fetched.Data.AsSpan().SequenceEqual(data), Is.True);
        Assert.That(fetched.Type, Is.EqualTo("image/png"));
    }

    [Test]
    public async Task Fetch_AnyAddress_SaysNothingOfTheCaller()
    {
        _server.Answer = context => PictureServer.Send(context, null, [1]);

        var fetched = await FetchAsync($"{A}p?q=1#fragment");

        var (url, headers) = _server.Requests.Single();
        Assert.That(fetched.Type, Is.Null);
        Assert.That(url, Is.EqualTo($"{A}p?q=1"));
        Assert.That(headers.Keys, Is.EquivalentTo(new[] { "Host", "User-Agent", "Accept", "Accept-Encoding" }));
        Assert.That(headers["User-Agent"], Does.StartWith("polydev-broker/"));
        Assert.That(_network.Dialled, Is.EqualTo(new[] { $"{FakeNetwork.Public}:443" }));
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(303)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task Fetch_Redirect_IsFollowedWithoutCookies(int status)
    {
        _server.Answer = context =>
        {
            context.Response.Cookies.Append("a", "b");
            return context.Request.Path == "/from"
                ? PictureServer.Redirect(context, "//b.pictures.example/to", status)
                : PictureServer.Send(context, "image/png", [7]);
        };

        var fetched = await FetchAsync($"{A}from");

        Assert.That(fetched.Data, Is.EqualTo(new byte[] { 7 }));
        Assert.That(_server.Requests.Select(request => request.Url), Is.EqualTo(new[] { $"{A}from", "https://b.pictures.example/to" }));
        Assert.That(_server.Requests.SelectMany(request => request.Headers.Keys), Does.Not.Contain("Cookie"));
        Assert.That(_network.Dialled, Is.EqualTo(new[] { $"{FakeNetwork.Public}:443", "[2606:4700::1]:443" }));
    }

    [TestCase(5, true)]
    [TestCase(6, false)]
    public async Task Fetch_RedirectsWithoutEnd_AreFollowedFiveTimes(int times, bool isFetched)
    {
        _server.Answer = context => int.Parse(context.Request.Path.Value![1..]) is var left and > 0
            ? PictureServer.Redirect(context, $"/{left - 1}")
            : PictureServer.Send(context, "image/png", [7]);

        if (isFetched)
        {
            Assert.That((await FetchAsync($"{A}{times}")).Data, Is.EqualTo(new byte[] { 7 }));
        }
        else
        {
            Assert.That(Refused($"{A}{times}"), Does.Contain("more than 5 times"));
            Assert.That(_server.Requests, Has.Count.EqualTo(6));
        }
    }

    [TestCase("http://a.pictures.example/", "only https addresses")]
    [TestCase("ftp://a.pictures.example/", "only https addresses")]
    [TestCase("https://a.pictures.example:8443/", "port 443")]
    [TestCase("https://me:SECRET@a.pictures.example/", "user name")]
    [TestCase("https://nobody.example/", "not known")]
    public void Fetch_RedirectToWhatIsNotFetched_IsRefused(string location, string why)
    {
        _server.Answer = context => PictureServer.Redirect(context, location);

        Assert.That(Refused(A), Does.Contain(why).And.Not.Contain("SECRET"));
        Assert.That(_server.Connections, Is.EqualTo(1));
    }

    /// <summary>Where a second look at the name would lead to this machine, none is taken.</summary>
    [Test]
    public async Task Fetch_NameThatChanges_GoesToTheAddressThatWasLookedAt()
    {
        _server.Answer = context => PictureServer.Send(context, "image/png", [7]);

        await FetchAsync("https://late.pictures.example/");

        Assert.That(_network.Asked, Has.Count.EqualTo(1));
        Assert.That(_network.Dialled, Is.EqualTo(new[] { $"{FakeNetwork.Public}:443" }));
        Assert.That(Refused("https://late.pictures.example/"), Does.Contain("is not a public address"));
        Assert.That(_server.Connections, Is.EqualTo(1));
    }

    [Test]
    public async Task Fetch_FirstAddressOfAHostIsSilent_TriesTheNext()
    {
        _network.Names["a.pictures.example"] = [["2606:4700::1", FakeNetwork.Public]];
        _network.Silent.Add("2606:4700::1");
        _server.Answer = context => PictureServer.Send(context, "image/png", [7]);

        Assert.That((await FetchAsync(A)).Data, Is.EqualTo(new byte[] { 7 }));

        _network.Silent.Add(FakeNetwork.Public);
        Assert.That(Refused(A), Does.Contain("cannot be reached"));
    }

    [TestCase(204)]
    [TestCase(206)]
    [TestCase(302)]
    [TestCase(304)]
    [TestCase(403)]
    [TestCase(404)]
    [TestCase(500)]
    public void Fetch_AnotherStatusThan200_IsNamed(int status)
    {
        _server.Answer = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

        Assert.That(Refused(A), Does.Contain($"status {status}"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Fetch_MoreThan20Megabytes_IsRefused(bool saysSo)
    {
        _server.Answer = async context =>
        {
            context.Response.ContentLength = saysSo ? RequestBounds.MediaBytes + 1 : null;
            try
            {
                await context.Response.Body.WriteAsync(new byte[RequestBounds.MediaBytes + 1], context.RequestAborted);
            }
            catch (Exception) when (context.RequestAborted.IsCancellationRequested)
            {
                // Nobody reads the rest.
            }
        };

        Assert.That(Refused(A), Does.Contain("more than 20 MB"));
    }

    [Test]
    public void Fetch_Nothing_IsRefused() => Assert.That(Refused(A), Does.Contain("empty"));

    [Test]
    public void Fetch_CompressedData_IsRefused()
    {
        _server.Answer = context =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return PictureServer.Send(context, "image/png", [7]);
        };

        Assert.That(Refused(A), Does.Contain("compressed"));
    }

    [Test]
    public void Fetch_DataThatBreaksOff_IsRefused()
    {
        _server.Answer = async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.Body.WriteAsync(new byte[5]);
            await context.Response.Body.FlushAsync();
            context.Abort();
        };

        Assert.That(Refused(A), Does.Contain("no whole answer"));
    }

    [Test]
    public void Fetch_CertificateOfAnotherHost_IsRefused()
    {
        Assert.That(Refused("https://elsewhere.example/"), Does.Contain("certificate"));
        Assert.That(_server.Requests, Is.Empty);
    }

    /// <summary>As the broker itself has it.</summary>
    [Test]
    public void Fetch_CertificateThatTheSystemDoesNotTrust_IsRefused()
    {
        _network.Authorities = null;

        Assert.That(Refused(A), Does.Contain("certificate"));
        Assert.That(_server.Requests, Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Fetch_NoWholeAnswerIn10Seconds_IsRefused(bool begins)
    {
        var (answering, gone) = Hang(begins);
        var fetching = FetchAsync(A);
        await answering.DefaultTimeout();

        _time.Advance(AddressFetcher.Limit - TimeSpan.FromMilliseconds(1));
        Assert.That(fetching.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.That(Assert.ThrowsAsync<EgressException>(() => fetching.DefaultTimeout())!.Message, Does.Contain("within 10 seconds"));
        await gone.DefaultTimeout();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Fetch_CallerLeaves_EndsTheConnection(bool begins)
    {
        var (answering, gone) = Hang(begins);
        var fetching = FetchAsync(A);
        await answering.DefaultTimeout();

        await _leaving.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => fetching.DefaultTimeout());
        await gone.DefaultTimeout();
    }

    [Test]
    public async Task Fetch_NoMemoryLeft_WaitsForItAsABodyDoes()
    {
        var time = new TimerAnnouncingTimeProvider();
        var memory = new BodyMemory(new LimitOptions { BodyBytes = 64 * 1024 }, time);
        var taken = await memory.RentAsync(64 * 1024, default);
        _server.Answer = context => PictureServer.Send(context, "image/png", [7]);
        var fetching = new AddressFetcher(_network, memory, _time).FetchAsync(new Uri(A), default);
        Assert.That(await time.Timers.ReadAsync().AsTask().DefaultTimeout(), Is.EqualTo(BodyMemory.Patience));

        memory.Return(taken, 0);

        Assert.That((await fetching.DefaultTimeout()).Data, Is.EqualTo(new byte[] { 7 }));
        Assert.That(memory.InUse, Is.Zero);
    }

    /// <summary>That it ends: at once, or within the seconds that the framework would give it, is not told apart here.</summary>
    [Test]
    public async Task Fetch_CallerLeavesWithinTheHandshake_EndsTheConnection()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var fetcher = new AddressFetcher(new SilentNetwork((IPEndPoint)listener.LocalEndpoint), _memory, _time);
        var fetching = fetcher.FetchAsync(new Uri(A), _leaving.Token);
        using var connection = await listener.AcceptTcpClientAsync().DefaultTimeout();
        var stream = connection.GetStream();
        Assert.That(await stream.ReadAsync(new byte[1]).AsTask().DefaultTimeout(), Is.EqualTo(1));

        await _leaving.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => fetching.DefaultTimeout());
        Assert.That(await EndAsync(stream).DefaultTimeout(), Is.True);
    }

    private static async Task<bool> EndAsync(NetworkStream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[4096]) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }

        return true;
    }

    private Task<Fetched> FetchAsync(string url) =>
        new AddressFetcher(_network, _memory, _time).FetchAsync(new Uri(url), _leaving.Token).DefaultTimeout();

    private string Refused(string url) => Assert.ThrowsAsync<EgressException>(() => FetchAsync(url))!.Message;

    /// <summary>The server answers nothing more, or no more than a part of it.</summary>
    private (Task Answering, Task Gone) Hang(bool begins)
    {
        var answering = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = async context =>
        {
            context.RequestAborted.Register(gone.SetResult);
            if (begins)
            {
                context.Response.ContentLength = 10;
                await context.Response.Body.WriteAsync(new byte[5]);
                await context.Response.Body.FlushAsync();
            }

            answering.SetResult();
            await gone.Task;
        };
        return (answering.Task, gone.Task);
    }

    private sealed class SilentNetwork(IPEndPoint server) : IEgressNetwork
    {
        public X509Certificate2Collection? Authorities => null;

        public Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
            Task.FromResult<IPAddress[]>([IPAddress.Parse(FakeNetwork.Public)]);

        public Task<Stream> DialAsync(IPEndPoint endpoint, CancellationToken cancellationToken) =>
            new SystemNetwork().DialAsync(server, cancellationToken);
    }
}
