using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.ModelProvider.Anthropic;
using Polydev.ModelProvider.Gemini;
using Polydev.ModelProvider.OpenAi;
using Polydev.ModelProvider.Requests;
using Polydev.ModelProvider.Scripts;

namespace Polydev.ModelProvider;

/// <summary>
/// A model provider on loopback that the real CLIs talk to: Anthropic Messages, OpenAI Responses and Google generateContent, each
/// answered by the test's script. Checks no credentials.
/// </summary>
public sealed class ProviderServer : IAsyncDisposable
{
    private readonly Dictionary<ProviderDialect, IProviderApi> _apis = new()
    {
        [ProviderDialect.Anthropic] = new AnthropicApi(),
        [ProviderDialect.OpenAi] = new OpenAiApi(),
        [ProviderDialect.Gemini] = new GeminiApi(),
    };

    private readonly CancellationTokenSource _stopping = new();
    private readonly ProviderOptions _options;
    private readonly RequestLog _log;
    private readonly WebApplication _application;
    private int _lastNumber;
    private int _calls;

    private ProviderServer(ProviderOptions options)
    {
        _options = options;
        _log = new RequestLog(options.KeptRequests);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.Limits.MaxRequestBodySize = 256 * 1024 * 1024;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    /// <summary><c>http://127.0.0.1:port</c>. Any path may be put behind it: a test can give every CLI a base address of its own.</summary>
    public string BaseUrl => _application.Urls.First();

    /// <summary>For ANTHROPIC_BASE_URL.</summary>
    public string AnthropicBaseUrl => BaseUrl;

    /// <summary>For a Codex <c>model_providers</c> entry's base_url, with <c>wire_api="responses"</c>.</summary>
    public string OpenAiBaseUrl => $"{BaseUrl}/v1";

    /// <summary>For GOOGLE_GEMINI_BASE_URL.</summary>
    public string GeminiBaseUrl => BaseUrl;

    /// <summary>Chooses each answer by its request; safe for many at once. By default <see cref="DefaultScript"/>.</summary>
    public Func<ProviderRequest, ProviderScript> Script { get; set; } = request => DefaultScript.For(request.LastUserText);

    /// <summary>What ChatGPT's backend says of the account's windows when Codex asks; null: there is no such backend.</summary>
    public ProviderWindows? ChatGptWindows { get; set; }

    /// <summary>The requests so far, oldest first; the last <see cref="ProviderOptions.KeptRequests"/> of them.</summary>
    public IReadOnlyList<ProviderRequest> Requests => _log.Snapshot();

    /// <summary>Every completion request so far, the forgotten ones too.</summary>
    public int CallCount => Volatile.Read(ref _calls);

    public static async Task<ProviderServer> StartAsync(ProviderOptions? options = null)
    {
        var server = new ProviderServer(options ?? new ProviderOptions());
        await server._application.StartAsync();
        return server;
    }

    /// <summary>Answers every request from now on with one script.</summary>
    public void Answer(ProviderScript script) => Script = _ => script;

    /// <summary>The next completion request that was not taken yet: each is given out once, in order of arrival.</summary>
    public async Task<ProviderRequest> NextRequestAsync(CancellationToken cancellationToken = default) =>
        await _log.Arrivals.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _application.StopAsync();
        await _application.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var limit = new CancellationTokenSource(_options.RequestLimit, TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token, limit.Token);
        var request = await ReadAsync(context.Request, ending.Token);
        if (request.Kind == ProviderRequestKind.Generate)
        {
            Interlocked.Increment(ref _calls);
        }

        _log.Add(request);
        try
        {
            await AnswerAsync(context.Response, request, ending.Token);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            request.MarkDisconnected();
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            request.MarkEnded();
        }
    }

    private async Task<ProviderRequest> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (dialect, kind) = RequestReader.Classify(request);
        var body = await RequestReader.ReadBodyAsync(request, cancellationToken);
        return new ProviderRequest
        {
            Number = Interlocked.Increment(ref _lastNumber),
            Kind = kind,
            Dialect = dialect,
            Method = request.Method,
            ClientPort = request.HttpContext.Connection.RemotePort,
            Path = request.Path + request.QueryString,
            Headers = request.Headers.ToDictionary(
                header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = body,
            Model = RequestReader.ReadModel(request, body),
            Stream = RequestReader.ReadStream(request, body),
            Conversation = kind == ProviderRequestKind.Generate ? _apis[dialect].Read(body) : Conversation.Empty,
        };
    }

    private Task AnswerAsync(HttpResponse response, ProviderRequest request, CancellationToken cancellationToken)
    {
        var api = _apis[request.Dialect];
        switch (request.Kind)
        {
            case ProviderRequestKind.Generate:
                return new ScriptPlayer(api, request, Script(request)).PlayAsync(response, cancellationToken);
            case ProviderRequestKind.CountTokens:
                return response.WriteAsJsonAsync(api.TokenCount(100), ProviderJson.Options, cancellationToken);
            case ProviderRequestKind.Models:
                return response.WriteAsJsonAsync(api.Models(_options.Models), ProviderJson.Options, cancellationToken);
            case ProviderRequestKind.Probe:
                return Task.CompletedTask;
            case ProviderRequestKind.Usage when ChatGptWindows is { } windows:
                return response.WriteAsJsonAsync(windows.ChatGptUsage(), ProviderJson.Options, cancellationToken);
            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                var error = api.Error(404, $"No {request.Method} {request.Path} here.");
                return response.WriteAsJsonAsync(error, ProviderJson.Options, cancellationToken);
        }
    }
}

/// <summary>How a <see cref="ProviderServer"/> runs.</summary>
public sealed record ProviderOptions
{
    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How many requests are kept for the test to read; the oldest go first. 0 keeps none.</summary>
    public int KeptRequests { get; init; } = 1_000;

    /// <summary>The longest that one request may stand open, so that a forgotten gate ends.</summary>
    public TimeSpan RequestLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What <c>GET …/models</c> lists.</summary>
    public IReadOnlyList<string> Models { get; init; } = ["claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash"];
}
