using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Machines;

/// <summary>
/// How many machines an account may have. Read from the configuration's section <c>Polydev:Machines</c>, that is from environment
/// variables such as <c>POLYDEV__MACHINES__PERACCOUNT</c>.
/// </summary>
internal sealed record MachineOptions
{
    public const string Section = "Polydev:Machines";

    /// <summary>Good tunnel tokens of one account. How many tunnels are connected at once has its own bound.</summary>
    [Range(1, 10_000)]
    public int PerAccount { get; init; } = 10;

    /// <exception cref="OptionsValidationException">Names the value that is none, with what it may be.</exception>
    public static MachineOptions Read(IConfiguration configuration) =>
        ConfiguredOptions.Read<MachineOptions>(configuration, Section, options => [options]);
}

internal static class MachinesServices
{
    /// <summary>Needs the stores and keys.</summary>
    /// <exception cref="OptionsValidationException">The configuration holds what cannot be.</exception>
    public static IServiceCollection AddMachines(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(MachineOptions.Read(configuration))
        .AddSingleton<MachineTokens>();

    /// <summary>For a broker that serves tunnels: needs their directory too.</summary>
    public static IServiceCollection AddMachineConnections(this IServiceCollection services) => services
        .AddSingleton<MachineDirectory>()
        .AddSingleton<MachineRules>()
        .AddSingleton<ConnectionKeeper>()
        .AddHostedService(provider => provider.GetRequiredService<ConnectionKeeper>());
}
