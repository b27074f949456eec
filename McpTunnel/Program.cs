using Polydev.McpTunnel.Commands;

return args switch
{
    [] => await McpCommand.RunAsync(),
    ["tunnel"] => await TunnelCommand.RunAsync(untilStdinCloses: false),
    ["tunnel", "--until-stdin-closes"] => await TunnelCommand.RunAsync(untilStdinCloses: true),
    [RelayCommand.Word, var socket] => await RelayCommand.RunAsync(socket),
    ["login"] => await LoginCommand.RunAsync(broker: null),
    ["login", var broker] when !broker.StartsWith('-') => await LoginCommand.RunAsync(broker),
    ["logout"] => await LogoutCommand.RunAsync(),
    ["--version"] => HelpCommand.Version(),
    ["--help" or "-h" or "help", ..] or [_, "--help" or "-h"] => HelpCommand.Help(),
    ["status", .. var rest] => await StatusCommand.RunAsync(rest),
    ["doctor", .. var rest] => await DoctorCommand.RunAsync(rest),
    ["setup", .. var rest] => await SetupCommand.RunAsync(rest),
    [var first, ..] => HelpCommand.Unknown(first, args),
};
