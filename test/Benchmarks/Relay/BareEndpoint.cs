using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.Protos.V1;

namespace Polydev.Benchmarks.Relay;

/// <summary>
/// The least that could stand in the broker's place: a Kestrel endpoint that puts each body on one bidirectional gRPC stream and answers
/// with what comes back. No keys, no dialects, no routing, no credit.
/// </summary>
internal static class BareEndpoint
{
    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Peer>();
        var app = builder.Build();
        app.MapGrpcService<Service>();
        app.MapPost("/", async (HttpContext context, Peer peer) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var answer = await peer.AskAsync(await reader.ReadToEndAsync());
            await context.Response.WriteAsync(answer);
        });
        await app.StartAsync();
        Console.WriteLine($"listening {string.Join(' ', app.Urls)}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private sealed class Peer
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _waiting = new();
        private readonly SemaphoreSlim _writing = new(1, 1);
        private long _last;

        public IServerStreamWriter<BrokerFrame>? Writer { get; set; }

        public async Task<string> AskAsync(string text)
        {
            var id = Interlocked.Increment(ref _last).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[id] = answer;
            await _writing.WaitAsync();
            try
            {
                await Writer!.WriteAsync(new BrokerFrame { Work = new WorkItem { WorkId = id, Instructions = text } });
            }
            finally
            {
                _writing.Release();
            }

            return await answer.Task;
        }

        public void Answer(WorkEvent answer)
        {
            if (_waiting.TryRemove(answer.WorkId, out var waiting))
            {
                waiting.SetResult(answer.Text.Text);
            }
        }
    }

    private sealed class Service(Peer peer) : TunnelBroker.TunnelBrokerBase
    {
        public override async Task Connect(IAsyncStreamReader<ClientFrame> requestStream, IServerStreamWriter<BrokerFrame> responseStream, ServerCallContext context)
        {
            peer.Writer = responseStream;
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                peer.Answer(requestStream.Current.Event);
            }
        }
    }
}
