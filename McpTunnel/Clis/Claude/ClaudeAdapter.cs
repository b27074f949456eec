using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.McpTunnel.Clis.Claude;

/// <summary>Claude Code over its stream-json protocol: a process for each call. Tested with 2.1.197 and 2.1.330.</summary>
internal sealed class ClaudeAdapter(CliEnvironment environment, TimeProvider time, ILogger<ClaudeAdapter> logger)
    : CliAdapter<ClaudeCli, ClaudeSession>(environment, time, logger)
{
    public override string Provider => Providers.Claude;

    protected override string InstallHint => ClaudeCli.InstallHint;

    protected override IReadOnlyList<string> Honours => ClaudeSetup.Honours;

    public override bool TakesStop(string stop) => ClaudeSetup.TakesStop(stop);

    public override bool TakesMaxOutputTokens => true;

    public override bool TakesFormat(ResponseFormat format, string model) => ClaudeSetup.TakesFormat(format, model);

    public override bool StreamsArguments => true;

    protected override string[] Locate() => ClaudeCli.Locate(Machine);

    protected override IEnumerable<string> LoginFiles() => ClaudeLogin.Files(Machine);

    protected override IEnumerable<string> Layers() => ClaudeLock.Layers(Machine);

    protected override IReadOnlyList<string> BaseUrls() => ClaudeLogin.Of(Machine).BaseUrls;

    protected override Task<ClaudeCli> InspectAsync(string[] files, CancellationToken cancellationToken) =>
        ClaudeCli.InspectAsync(Machine, files[0], cancellationToken);

    protected override string VersionOf(ClaudeCli cli) => cli.Version.ToString();

    protected override string LockVariant() => ClaudeLogin.Of(Machine).IsBare ? "bare" : "one turn";

    protected override Task<SelfTestVerdict> TestAsync(ClaudeCli cli, CancellationToken cancellationToken) => CliSelfTest.RunAsync(
        Machine,
        place => ClaudeSelfTest.Plan(cli, ClaudeLogin.Of(Machine).IsBare, place),
        world => new ClaudeAdapter(world, Time, NullLogger<ClaudeAdapter>.Instance),
        cancellationToken);

    protected override Task DescribeAsync(CliInfo info, ClaudeCli cli, CancellationToken cancellationToken) =>
        ClaudeDetection.FillAsync(info, cli, Machine, cancellationToken);

    protected override string? EarlyModel(ClaudeCli cli, string model) => cli.TakesModelLate ? null : model;

    protected override Task<ClaudeSession> StartAsync(ClaudeCli cli, string? model, CancellationToken cancellationToken) =>
        ClaudeSession.StartAsync(cli, ClaudeLogin.Of(Machine), Machine, model, Quota);

    protected override CliFailureException Explain(Exception exception) => ClaudeErrors.Of(exception);
}

internal static class ClaudeServices
{
    public static IServiceCollection AddClaude(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ICliAdapter, ClaudeAdapter>());
        return services;
    }
}
