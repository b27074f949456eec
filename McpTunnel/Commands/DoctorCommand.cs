using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Polydev.McpTunnel.Clis;
using Polydev.McpTunnel.Doctor;
using Polydev.McpTunnel.Doctor.Checks;
using Polydev.McpTunnel.Setup;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// <c>polydev-mcp doctor</c>: looks at all that a call needs, and says what is wrong and how it is mended. Ends with 0 (a call could be
/// answered by a CLI, once a tunnel runs), 1 (none could) or 2 (bad usage), within about a minute.
/// </summary>
internal static class DoctorCommand
{
    // Processes of CLIs that are still being asked are ended; the system ends with us what does not go.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        if (!HelpCommand.TakesJson("doctor", arguments, out var json))
        {
            return HelpCommand.BadUsage;
        }

        ProcessSettings settings;
        try
        {
            settings = ProcessSettings.FromEnvironment();
        }
        catch (InvalidOperationException e)
        {
            var line = new CheckLine("settings", CheckStatus.Failed, e.Message.ReplaceLineEndings(" "), null) { IsVital = true };
            return await TellAsync(new DoctorReport([line]) { AnsweredBy = [] }, json);
        }

        // What its parts would log, the report says.
        var host = ToolHost.CreateForClis(settings, LogLevel.None).Build();
        await host.StartAsync();
        var report = await ExamineAsync(host, settings);
        var code = await TellAsync(report, json);
        await EndAsync(host);
        return code;
    }

    private static async Task<DoctorReport> ExamineAsync(IHost host, ProcessSettings settings)
    {
        var time = host.Services.GetRequiredService<TimeProvider>();
        var broker = new BrokerExam(settings.Tunnel, settings.Clis.Loop, time);
        var clis = new CliExam(
            host.Services.GetRequiredService<CliCatalog>(), host.Services.GetServices<ICliAdapter>(), broker, settings.Paths, time);
        var run = new DoctorRun([.. Checks(settings, broker, clis, time)], time);
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        return new DoctorReport(await run.RunAsync(stopping)) { AnsweredBy = clis.Ready() };
    }

    private static IEnumerable<IDoctorCheck> Checks(ProcessSettings settings, BrokerExam broker, CliExam clis, TimeProvider time)
    {
        IDoctorCheck[] ours =
        [
            new SettingsCheck(settings.Tunnel),
            new StateFolderCheck(settings.Paths),
            new BrokerCheck(broker),
            new BrokerTlsCheck(broker, time),
            new BrokerVersionCheck(broker),
            new BrokerClockCheck(broker),
            new TunnelServiceCheck(broker),
            new TokenCheck(broker, settings.Login),
            new RunningTunnelCheck(new RunningTunnels(settings.Paths, time), settings.Tunnel),
            new ManagedLayersCheck(settings.Clis),
        ];
        var ofClis = clis.Providers.SelectMany<string, IDoctorCheck>(provider =>
            [new CliCheck(clis, provider), new CliSelfTestCheck(clis, provider), new CliLoginCheck(clis, provider)]);

        var machine = new EditorMachine(settings.Clis, EditorMachine.ThisSystem);
        var entry = SetupCommand.OwnEntry(settings);
        var ofEditors = Editors.All.Where(editor => editor.IsInstalled(machine)).Select(editor => new EditorCheck(editor, machine, entry));
        return [.. ours, .. ofClis, .. ofEditors];
    }

    private static async Task<int> TellAsync(DoctorReport report, bool json)
    {
        var withColour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb")
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        await Console.Out.WriteLineAsync(
            json ? JsonSerializer.Serialize(report, DoctorJson.Default.DoctorReport) : DoctorText.Of(report, withColour));
        return report.CanAnswer ? 0 : 1;
    }

    private static async Task EndAsync(IHost host)
    {
        try
        {
            await Task.Run(async () =>
            {
                await host.StopAsync();
                host.Dispose();
            }).WaitAsync(EndLimit);
        }
        catch (TimeoutException)
        {
            // The report has been told.
        }
    }
}
