using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Polydev.Benchmarks.Relay.Floor;

/// <summary>
/// The least that could stand in the broker's place: reads an OpenAI chat body, asks the peer over one gRPC stream, writes the answer or
/// its chunks. No keys, no routing, no credit, no error but the server's own.
/// </summary>
internal static class FloorEndpoint
{
    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<FloorPeer>();
        var app = builder.Build();
        app.MapGrpcService<FloorPeer.Service>();
        var peer = app.Services.GetRequiredService<FloorPeer>();
        app.MapPost("/chat/completions", context => AnswerAsync(context, peer));
        await app.StartAsync();
        Console.WriteLine($"listening {string.Join(' ', app.Urls)}");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context, FloorPeer peer)
    {
        var read = await JsonSerializer.DeserializeAsync(context.Request.BodyReader, FloorJson.Default.ChatBody, context.RequestAborted);
        var body = read!;
        var text = body.Messages[^1].Content!;
        if (body.Stream)
        {
            context.Response.ContentType = "text/event-stream";
            await StreamAsync(context, body, peer.Stream(text));
        }
        else
        {
            context.Response.ContentType = "application/json";
            WriteWhole(context.Response.BodyWriter, body, await peer.AskAsync(text));
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private static void WriteWhole(IBufferWriter<byte> output, ChatBody body, Piece answer)
    {
        using var json = new Utf8JsonWriter(output);
        var choice = new ChatChoice(0, "stop") { Message = new ChatMessage("assistant", answer.Text) };
        var usage = new ChatUsage(answer.Words, answer.Words, 2 * answer.Words);
        JsonSerializer.Serialize(json, New(body, "chat.completion", choice, usage), FloorJson.Default.ChatAnswer);
    }

    private static async Task StreamAsync(HttpContext context, ChatBody body, ChannelReader<Piece> pieces)
    {
        var output = context.Response.BodyWriter;
        using var json = new Utf8JsonWriter(output);
        while (await pieces.WaitToReadAsync(context.RequestAborted))
        {
            while (pieces.TryRead(out var piece))
            {
                var delta = new ChatMessage(null, piece.Text);
                WriteChunk(output, json, New(body, "chat.completion.chunk", new ChatChoice(0) { Delta = delta }));
                if (piece.Last)
                {
                    var empty = new ChatMessage(null, null);
                    WriteChunk(output, json, New(body, "chat.completion.chunk", new ChatChoice(0, "stop") { Delta = empty }));
                    output.Write("data: [DONE]\n\n"u8);
                }
            }

            await output.FlushAsync(context.RequestAborted);
        }
    }

    private static void WriteChunk(IBufferWriter<byte> output, Utf8JsonWriter json, ChatAnswer chunk)
    {
        output.Write("data: "u8);
        json.Reset();
        JsonSerializer.Serialize(json, chunk, FloorJson.Default.ChatAnswer);
        output.Write("\n\n"u8);
    }

    private static ChatAnswer New(ChatBody body, string kind, ChatChoice choice, ChatUsage? usage = null) =>
        new("chatcmpl-floor", kind, 1_767_225_600, body.Model, [choice], usage);
}
