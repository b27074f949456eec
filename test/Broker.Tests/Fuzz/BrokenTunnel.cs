using Grpc.Core;
using Grpc.Net.Client;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Fuzz;

/// <summary>
/// One tunnel that does something wrong: at its hello, or when the first item comes. It says when it is ready for its call, and when it has
/// done its worst.
/// </summary>
internal sealed class BrokenTunnel(int index, Random random) : IDisposable
{
    private static readonly (string Name, Func<BrokenTunnel, Task> Do)[] Greetings = BrokenTunnelGreetings.All;
    private static readonly (string Name, Func<BrokenTunnel, WorkItem, Task> Do)[] Answers = BrokenTunnelAnswers.All;

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _acted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<RawTunnel> _opened = [];
    private readonly int _kind = index % (Greetings.Length + Answers.Length);
    private GrpcChannel? _channel;
    private string? _token;

    public int Index { get; } = index;

    public Random Random { get; } = random;

    /// <summary>The model that this tunnel alone reports.</summary>
    public string Model => $"broken-{Index}";

    /// <summary>Its stream.</summary>
    public RawTunnel Stream { get; private set; } = null!;

    /// <summary>It answers no ping.</summary>
    public bool IsMute { get; set; }

    public Task Ready => _ready.Task;

    public Task Acted => _acted.Task;

    private string Name => _kind < Greetings.Length ? Greetings[_kind].Name : Answers[_kind - Greetings.Length].Name;

    public override string ToString() => $"tunnel {Index} ({Name})";

    /// <summary>Runs until its stream ends, by itself or by <see cref="Dispose"/>.</summary>
    public async Task RunAsync(GrpcChannel channel, string token)
    {
        (_channel, _token) = (channel, token);
        try
        {
            if (_kind < Greetings.Length)
            {
                await Greetings[_kind].Do(this);
                _ready.TrySetResult();
                _acted.TrySetResult();
                await (_opened.Count > 0 ? WhenOverAsync() : Task.CompletedTask);
                return;
            }

            Open();
            await Stream.SendAsync(new ClientFrame { Hello = Hello() });
            await ServeAsync((_, work) => Answers[_kind - Greetings.Length].Do(this, work));
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // The stream is over: the broker has ended it, or the test.
        }
        finally
        {
            _ready.TrySetResult();
            _acted.TrySetResult();
        }
    }

    public RawTunnel Open(bool withToken = true)
    {
        Stream = new RawTunnel(_channel!, withToken ? _token : "pd_unknown");
        lock (_opened)
        {
            _opened.Add(Stream);
        }

        return Stream;
    }

    public Hello Hello() => Frames.Hello($"tunnel-{Index}", Frames.Cli("codex", Model));

    /// <summary>Random bytes.</summary>
    public byte[] Bytes(int most)
    {
        var bytes = new byte[Random.Next(1, most)];
        Random.NextBytes(bytes);
        return bytes;
    }

    public void Dispose()
    {
        lock (_opened)
        {
            _opened.ForEach(stream => stream.Dispose());
        }
    }

    private async Task ServeAsync(Func<BrokenTunnel, WorkItem, Task> onFirst)
    {
        var first = true;
        while (await Stream.ReadWheneverAsync() is { } frame)
        {
            switch (frame.KindCase)
            {
                case BrokerFrame.KindOneofCase.Welcome:
                    _ready.TrySetResult();
                    break;
                case BrokerFrame.KindOneofCase.Ping when !IsMute:
                    await Stream.SendAsync(new ClientFrame { Pong = new Pong { Nonce = frame.Ping.Nonce } });
                    break;
                case BrokerFrame.KindOneofCase.Work when first:
                    first = false;
                    await onFirst(this, frame.Work);
                    _acted.TrySetResult();
                    break;
            }
        }
    }

    private async Task WhenOverAsync()
    {
        while (await Stream.ReadWheneverAsync() is not null)
        {
        }
    }
}
