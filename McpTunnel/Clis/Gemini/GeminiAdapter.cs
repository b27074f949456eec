using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Gemini;

/// <summary>
/// Gemini CLI over its Agent Client Protocol (<c>gemini --acp</c>): a process serves call after call. Tested with 0.61.0.
/// </summary>
internal sealed class GeminiAdapter(CliEnvironment environment, TimeProvider time, ILogger<GeminiAdapter> logger)
    : CliAdapter<GeminiCli, GeminiSession>(environment, time, logger)
{
    private volatile IReadOnlyList<GeminiProtocol.Model> _reported = [];

    public override string Provider => Providers.Gemini;

    protected override string InstallHint => GeminiCli.InstallHint;

    /// <summary>
    /// Sampling and thinking are the process's settings, not the session's: none reaches the vendor. Stops and the limit are the tunnel's,
    /// and that only one call is given out.
    /// </summary>
    protected override IReadOnlyList<string> Honours =>
        [
            RequestFeatures.MaxOutputTokens, RequestFeatures.StopSequences, RequestFeatures.Tools, RequestFeatures.ToolChoice,
            RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput, RequestFeatures.Images, RequestFeatures.Documents,
        ];

    /// <summary>A process that has told other models than the last one is news too.</summary>
    public override string Look() => $"{base.Look()} {string.Join(' ', _reported.Select(model => model.ModelId))}";

    protected override string[] Locate() => GeminiCli.Locate(Machine);

    protected override IEnumerable<string> LoginFiles() => GeminiLogin.Files(Machine);

    protected override IEnumerable<string> Layers() => GeminiLock.Layers(Machine);

    protected override IReadOnlyList<string> BaseUrls() => GeminiLogin.Read(Machine).BaseUrls;

    protected override Task<GeminiCli> InspectAsync(string[] files, CancellationToken cancellationToken) =>
        Task.FromResult(GeminiCli.Inspect(files[0], files[1]));

    protected override string VersionOf(GeminiCli cli) => cli.Version;

    protected override Task<SelfTestVerdict> TestAsync(GeminiCli cli, CancellationToken cancellationToken) => CliSelfTest.RunAsync(
        Machine,
        place => GeminiSelfTest.Plan(cli, place),
        world => new GeminiAdapter(world, Time, NullLogger<GeminiAdapter>.Instance),
        cancellationToken);

    protected override Task DescribeAsync(CliInfo info, GeminiCli cli, CancellationToken cancellationToken)
    {
        GeminiDetection.Fill(info, GeminiLogin.Read(Machine), _reported);
        return Task.CompletedTask;
    }

    protected override async Task<GeminiSession> StartAsync(GeminiCli cli, string? model, CancellationToken cancellationToken)
    {
        var login = GeminiLogin.Read(Machine);
        login.ThrowIfIncomplete();
        var session = await GeminiSession.StartAsync(cli, login, Machine, Time, Logger, cancellationToken);
        _reported = session.Models;
        return session;
    }

    protected override CliFailureException Explain(Exception exception) => GeminiErrors.Of(exception);

    protected override void ThrowIfUnfit(string model)
    {
        base.ThrowIfUnfit(model);
        if (!GeminiLock.IsConcrete(model))
        {
            throw new CliFailureException(
                FailureKind.UnknownModel, $"{model} lets Gemini CLI choose a model: name one, such as {KnownModels.DefaultGemini}.");
        }
    }
}

internal static class GeminiServices
{
    public static IServiceCollection AddGemini(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, GeminiAdapter>());
        return services;
    }
}
