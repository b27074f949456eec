namespace Polydev.Architecture.Tests;

/// <summary>
/// What each folder of the product may use: the layers of docs/designs/0002, folder by folder. A row names only folders that stand further
/// down, so that the table itself has no circle. A dot is the project's own folder, with its Program.cs.
/// </summary>
internal static class Layers
{
    private const string Broker =
        """
        .                         > Commands
        Commands                  > Companion Pages Api Api/Bodies Exchange Tunnels Routing Storage/Stores Storage AccountData ApiKeys
        Commands                  > Machines SignIn/OpenId SignIn Calls Quotas Egress Limits Keys Accounts Audit Hosting Errors Diagnostics
        Commands                  > Stored Manage Reference
        Companion                 > SignIn Presence Keys Accounts Hosting
        Pages                     > Pages/Keys Pages/Settings Pages/Connect
        Pages                     > Pages/Overview Pages/Usage Pages/Calls Pages/Machines Pages/Live Pages/SignIn Pages/Devices Pages/Status
        Pages                     > Pages/Errors Pages/Frame Pages/Viewing
        Pages                     > SignIn Hosting Errors
        Pages/Keys                > Pages/Errors Pages/Frame Pages/Parts Pages/Viewing Routing SignIn ApiKeys Machines Calls Quotas
        Pages/Keys                > Keys Audit Errors
        Pages/Settings            > Pages/Errors Pages/Frame Pages/Parts Pages/Viewing AccountData SignIn Quotas Keys Accounts Audit Errors
        Pages/SignIn              > Pages/Frame Pages/Parts Pages/Viewing SignIn/OpenId SignIn
        Pages/Overview            > Pages/Machines Pages/Calls Pages/Charts Pages/Frame Pages/Parts Pages/Viewing
        Pages/Overview            > SignIn ApiKeys Machines Calls Quotas Errors
        Pages/Machines            > Pages/Errors Pages/Frame Pages/Parts Pages/Viewing SignIn Machines Presence Keys Audit Hosting Errors
        Pages/Live                > Pages/Frame Pages/Viewing SignIn
        Pages/Usage               > Pages/Charts Pages/Frame Pages/Parts Pages/Viewing SignIn ApiKeys Machines Calls Quotas Accounts
        Pages/Calls               > Pages/Errors Pages/Charts Pages/Frame Pages/Parts Pages/Viewing SignIn ApiKeys Machines Calls
        Pages/Calls               > Presence Quotas Keys Accounts Errors
        Pages/Devices             > Pages/Frame Pages/Parts Pages/Viewing SignIn Errors
        Pages/Status              > Pages/Frame Pages/Parts Pages/Viewing Presence Storage Accounts
        Pages/Connect             > Pages/Frame Pages/Parts Pages/Viewing Routing SignIn
        Pages/Errors              > Pages/Frame Pages/Parts Pages/Viewing SignIn
        Pages/Charts              > Pages/Parts Pages/Viewing
        Pages/Frame               > Pages/Parts Pages/Viewing SignIn ApiKeys Machines Quotas Accounts
        Pages/Parts               > Pages/Viewing
        Pages/Viewing             > SignIn Hosting
        Manage                    > Reference Presence AccountData SignIn ApiKeys Machines Calls Quotas Keys Accounts Audit Errors
        Api                       > Api/Bodies Api/Counting Reference
        Api                       > Stored Egress Exchange Routing Presence Calls Quotas Limits SignIn Keys Hosting Errors Diagnostics
        Api                       > Dialects Dialects/Anthropic Dialects/Gemini Dialects/OpenAi Dialects/OpenAiChat Dialects/OpenAiResponses
        Api                       > Dialects/OpenAiCompletions
        Api/Bodies                > Stored Limits Keys Dialects Errors
        Api/Counting              > Dialects
        Stored                    > Exchange Routing Presence Limits Keys Dialects Errors
        Exchange                  > Tunnels Routing Presence Errors Diagnostics
        Tunnels                   > Machines Presence Keys Errors Diagnostics
        Dialects/OpenAiChat       > Dialects/OpenAi Dialects Conversations Errors
        Dialects/OpenAiCompletions > Dialects/OpenAi Dialects Conversations Errors
        Dialects/OpenAiResponses  > Dialects/OpenAi Dialects Conversations Errors
        Dialects/OpenAi           > Dialects Conversations Routing Errors
        Dialects/Anthropic        > Dialects Conversations Routing Errors
        Dialects/Gemini           > Dialects Conversations Routing Errors
        Dialects                  > Conversations Routing Errors
        Egress                    > Conversations Limits Hosting Errors
        Routing                   > Presence Errors
        Conversations             > Errors
        Storage/Stores            > Storage AccountData SignIn/OpenId SignIn ApiKeys Machines Calls Quotas Keys Accounts Audit
        Storage                   >
        Reference                 >
        AccountData               > Keys Accounts Audit Retention Errors
        SignIn/OpenId             > SignIn Accounts Hosting
        SignIn                    > Machines Keys Accounts Audit Hosting Errors
        ApiKeys                   > Quotas Keys Accounts Audit Errors
        Machines                  > Presence Keys Audit Retention Hosting Errors
        Presence                  >
        Calls                     > Retention Diagnostics
        Quotas                    > Keys Accounts Hosting Errors
        Limits                    > Keys Hosting Errors
        Keys                      > Audit Errors
        Accounts                  > Audit
        Audit                     > Retention
        Retention                 >
        Hosting                   > Errors
        Errors                    >
        Diagnostics               >
        """;

    private const string McpTunnel =
        """
        .                         > Commands
        Commands                  > Login Mcp Status Tunnel Work Clis Clis/Claude Clis/Codex Clis/Gemini Clis/Echo Clis/Quotas
        Commands                  > Clis/Sessions Clis/SelfTest Doctor/Checks Doctor Setup Setup/Edits Processes Diagnostics
        Doctor/Checks             > Doctor Setup Setup/Edits Status Tunnel Clis Clis/Claude Clis/Codex Clis/Gemini Clis/SelfTest
        Doctor/Checks             > Diagnostics
        Doctor                    > Tunnel Clis Clis/SelfTest Processes Diagnostics
        Setup                     > Setup/Edits Clis Clis/Claude Clis/Codex Clis/Gemini Processes
        Setup/Edits               >
        Mcp                       > Status Work Clis Diagnostics
        Status                    > Tunnel Work Clis Processes Diagnostics
        Login                     > Tunnel
        Tunnel                    > Work/Stored Work Clis Processes Diagnostics
        Work/Stored               > Work
        Work                      > Work/Answers Clis Clis/Quotas Diagnostics
        Work/Answers              > Clis
        Clis/Claude               > Clis Clis/Tools Clis/Media Clis/Quotas Clis/SelfTest Processes Diagnostics
        Clis/Codex                > Clis Clis/Tools Clis/Media Clis/Quotas Clis/SelfTest JsonRpc Processes Diagnostics
        Clis/Gemini               > Clis Clis/Tools Clis/Quotas Clis/SelfTest JsonRpc Processes Diagnostics
        Clis/Echo                 > Clis Diagnostics
        Clis/Tools                > Clis
        Clis/Media                >
        Clis                      > Clis/Sessions Clis/Quotas Clis/SelfTest JsonRpc Processes Diagnostics
        Clis/Sessions             >
        Clis/Quotas               > Diagnostics
        Clis/SelfTest             > Diagnostics
        JsonRpc                   > Processes Diagnostics
        Processes                 > Diagnostics
        Diagnostics               >
        """;

    private const string Shared =
        """
        Work                      > Json Tunnel Text
        Json                      > Tunnel
        Tunnel                    > Text
        Models                    >
        Tokens                    >
        Text                      >
        """;

    /// <summary>Every row, a folder that needs two lines twice.</summary>
    public static IReadOnlyList<Layer> Rows { get; } =
        [.. Read("Broker", Broker), .. Read("McpTunnel", McpTunnel), .. Read("Shared", Shared)];

    private static readonly ILookup<string, string> Below = Rows.SelectMany(row => row.Below.Select(folder => (row.Folder, folder)))
        .ToLookup(pair => pair.Folder, pair => pair.folder);

    /// <summary>Folders that no row has, and uses that no row allows. What a project uses of another is a rule of the projects.</summary>
    public static IReadOnlyList<string> Violations(FolderGraph graph) =>
    [
        .. graph.Folders.Where(folder => Rows.All(row => row.Folder != folder)).Select(folder => $"{folder} is in no layer"),
        .. graph.Uses.Where(use => ProjectOf(use.From) == ProjectOf(use.To) && !Below[use.From].Contains(use.To))
            .Select(use => use.ToString()),
    ];

    private static string ProjectOf(string folder) => folder.Split('/')[0];

    private static IEnumerable<Layer> Read(string project, string table) => table.Split('\n').Select(line =>
    {
        var sides = line.Split('>', StringSplitOptions.TrimEntries);
        return new Layer(Whole(sides[0]), [.. sides[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Whole)]);

        string Whole(string folder) => folder == "." ? project : $"{project}/{folder}";
    });
}

/// <summary>One row of the table.</summary>
internal sealed record Layer(string Folder, IReadOnlyList<string> Below);
