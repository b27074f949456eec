using System.Collections;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Clis.Quotas;
using Polydev.McpTunnel.Clis.SelfTest;
using Polydev.McpTunnel.Clis.Sessions;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// All settings of this process, read once from its environment, but for what a login changes. Defaults stand in the records.
/// </summary>
internal sealed record ProcessSettings(
    TunnelAccess Access, LoginFile Login, TunnelPaths Paths, WorkOptions Work, CliEnvironment Clis)
{
    public TunnelSettings Tunnel => Access.Current;

    public static ProcessSettings FromEnvironment() => From(Variables());

    public static Dictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? string.Empty);

    /// <exception cref="InvalidOperationException">Variables that make no sense; the message names all of them and the fix.</exception>
    public static ProcessSettings From(IReadOnlyDictionary<string, string> variables)
    {
        var errors = new List<string>();
        var work = new WorkOptions();
        var pool = new CliSessionPoolOptions();
        var paths = TunnelPaths.FromEnvironment(variables);
        work = work with { MaxConcurrent = Number(variables, "POLYDEV_MAX_CONCURRENT", work.MaxConcurrent, 1, 1000, errors) };
        pool = pool with
        {
            Warm = Number(variables, "POLYDEV_WARM_SESSIONS", pool.Warm, 0, 100, errors),
            IdleTime = TimeSpan.FromMinutes(
                Number(variables, "POLYDEV_WARM_IDLE_MINUTES", (int)pool.IdleTime.TotalMinutes, 1, 1440, errors)),
        };
        var quotas = QuotaSettings.Read(variables, errors);
        if (errors.Count > 0)
        {
            throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
        }

        var login = LoginFile.Of(variables);
        var access = new TunnelAccess(() => TunnelSettings.From(variables, login));
        var tunnel = access.Current;
        var clis = new CliEnvironment
        {
            Variables = variables,
            Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
            RunRoot = paths.RunRoot,
            StateFolder = paths.State,
            Pool = pool,
            Quotas = quotas,
            Loop = new BrokerLoop(tunnel.Broker, tunnel.Grpc),
            SelfTests = new SelfTestRecords(paths.State),
        };
        return new ProcessSettings(access, login, paths, work, clis);
    }

    private static int Number(
        IReadOnlyDictionary<string, string> variables, string name, int otherwise, int least, int most, List<string> errors)
    {
        if (!variables.TryGetValue(name, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return otherwise;
        }

        if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
        {
            errors.Add($"{name} is to be a whole number from {least} to {most}.");
        }

        return number;
    }
}

internal static class SettingsServices
{
    /// <summary>Each area takes its own record; none reads the environment itself.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, ProcessSettings settings) => services
        .AddSingleton(settings.Access)
        .AddSingleton(settings.Login)
        .AddSingleton(settings.Paths)
        .AddSingleton(settings.Work)
        .AddSingleton(settings.Clis)
        .AddSingleton(settings.Clis.Pool)
        .AddSingleton(settings.Clis.Loop);
}
