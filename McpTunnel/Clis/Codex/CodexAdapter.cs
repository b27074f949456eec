using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Tools;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Codex;

/// <summary>Codex CLI through <c>codex app-server</c>: a process and a private home for each call. Tested with 0.169.0.</summary>
internal sealed class CodexAdapter(CliEnvironment environment, TimeProvider time, ILogger<CodexAdapter> logger)
    : CliAdapter<CodexCli, CodexSession>(environment, time, logger)
{
    public override string Provider => Providers.Codex;

    protected override string InstallHint => CodexCli.InstallHint;

    /// <summary>
    /// No way was found to give it any field of the sampling; stops and the limit are the tunnel's. Nor a choice between tools: the model
    /// is asked in words, and what it answers is checked, of which the caller is told as of a field that the vendor does not get.
    /// </summary>
    protected override IReadOnlyList<string> Honours =>
        [
            RequestFeatures.Thinking, RequestFeatures.MaxOutputTokens, RequestFeatures.StopSequences, RequestFeatures.Tools,
            RequestFeatures.SingleToolCall, RequestFeatures.StructuredOutput, RequestFeatures.Images,
        ];

    /// <summary>It asks the vendor for every form as strict.</summary>
    public override bool TakesFormat(ResponseFormat format, string model) => VendorSchema.OpenAi.Takes(format.JsonSchema);

    protected override string[] Locate() => CodexCli.Locate(Machine);

    protected override IEnumerable<string> LoginFiles() => CodexLogin.Files(Machine);

    protected override IEnumerable<string> Layers() => CodexLock.Layers(Machine);

    protected override IReadOnlyList<string> BaseUrls() => CodexProviders.BaseUrls(Machine);

    protected override Task<CodexCli> InspectAsync(string[] files, CancellationToken cancellationToken) =>
        CodexCli.InspectAsync(Machine, files[0], Logger, cancellationToken);

    /// <summary>Only app-server tells it.</summary>
    protected override string VersionOf(CodexCli cli) => string.Empty;

    protected override Task<SelfTestVerdict> TestAsync(CodexCli cli, CancellationToken cancellationToken) => CliSelfTest.RunAsync(
        Machine,
        place => CodexSelfTest.Plan(cli, place),
        world => new CodexAdapter(world, Time, NullLogger<CodexAdapter>.Instance),
        cancellationToken);

    protected override Task DescribeAsync(CliInfo info, CodexCli cli, CancellationToken cancellationToken) =>
        CodexDetection.FillAsync(info, cli, Machine, Time, Quota, cancellationToken);

    // A warm process serves every model of its catalog; another model starts one that knows it.
    protected override string? EarlyModel(CodexCli cli, string model) => cli.Catalog.Knows(model) ? null : model;

    // A caller's misspelling is not to leave a process behind.
    protected override bool IsWorthWarming(CodexCli cli, string model) => cli.Catalog.Knows(model);

    // The fault may be the machine's and pass.
    protected override bool IsWhole(CodexCli cli) => cli.HasOwnCatalog;

    protected override Task<CodexSession> StartAsync(CodexCli cli, string? model, CancellationToken cancellationToken)
    {
        var login = CodexLogin.Read(Machine);
        login.ThrowIfNone();
        return CodexSession.StartAsync(cli, login, model, Machine, Time, Quota, cancellationToken);
    }

    protected override CliFailureException Explain(Exception exception) => CodexErrors.Of(exception);
}

internal static class CodexServices
{
    public static IServiceCollection AddCodex(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, CodexAdapter>());
        return services;
    }
}
