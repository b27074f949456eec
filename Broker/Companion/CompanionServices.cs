namespace Polydev.Broker.Companion;

internal static class CompanionServices
{
    /// <param name="withTunnel">False: only what a killed run has left is cleared away.</param>
    public static IServiceCollection AddCompanion(this IServiceCollection services, CompanionOptions options, bool withTunnel)
    {
        services.AddSingleton(options).AddSingleton<CompanionCredentials>().AddHostedService<CompanionSweep>();
        return withTunnel ? services.AddSingleton<CompanionLaunch>().AddHostedService<CompanionTunnel>() : services;
    }
}

/// <summary>What the tunnel of <c>--with-tunnel</c> must be told of its broker.</summary>
internal sealed record CompanionOptions
{
    public required string DataFolder { get; init; }

    /// <summary>The broker may listen in cleartext where others reach it, and its own tunnel too.</summary>
    public bool Insecure { get; init; }

    /// <summary>PEM; the broker's certificate, where it is its own authority.</summary>
    public string? AuthorityFile { get; init; }
}

/// <summary>Whichever way a broker starts, the secrets of runs that were killed end then.</summary>
internal sealed class CompanionSweep(CompanionCredentials credentials) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => credentials.SweepAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
