using System.Buffers;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Clis;

/// <summary>
/// The caller's own tools in one turn, and so the one judge of every call that a model or a CLI makes: what is not the caller's is never
/// run and ends the turn. Guard, turn and JSON-RPC replies ask it. A tool becomes the caller's only by being mounted, under a wire name of
/// ours: the names in a request are the caller's choice and prove nothing (<c>Bash</c> is the CLI's).
/// </summary>
internal sealed class CallerTools
{
    /// <summary>Of a wire name, in characters: what every vendor takes.</summary>
    private const int MaxChars = 64;

    private const int HashChars = 8;

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _wireNames = new(StringComparer.Ordinal);
    private readonly string _prefix;
    private readonly int _mostChars;

    private CallerTools(string prefix, int mostChars = MaxChars) => (_prefix, _mostChars) = (prefix, mostChars);

    /// <summary>Of a session in which none is mounted.</summary>
    public static CallerTools None { get; } = new(string.Empty);

    public int Count => _names.Count;

    /// <summary>What the model is told of.</summary>
    public IEnumerable<string> WireNames => _names.Keys;

    /// <summary>
    /// Keeps each name behind the prefix where the vendors take it so (64 characters of <c>[A-Za-z0-9_-]</c>). Another is cut to what they
    /// take and told apart by a hash of its own, which is the same in every request, so that a conversation stays the same to the model.
    /// </summary>
    /// <param name="names">As the request spells them.</param>
    /// <param name="prefix">What the CLI puts before the names of its mount; empty: nothing.</param>
    /// <param name="mostChars">Of a wire name, where the CLI takes fewer than the vendors.</param>
    /// <exception cref="CliFailureException">INVALID_REQUEST: two tools of one name.</exception>
    public static CallerTools Mounted(IEnumerable<string> names, string prefix, int mostChars = MaxChars)
    {
        var tools = new CallerTools(prefix, mostChars);
        var room = tools.Room;

        // Those that keep their name first: none that is made for another may take it away.
        foreach (var name in names.OrderBy(name => Fitting(name, room, 0) != name))
        {
            var tries = 0;
            while (!tools._names.TryAdd(prefix + Fitting(name, room, tries), name))
            {
                tries++;
            }

            if (!tools._wireNames.TryAdd(name, prefix + Fitting(name, room, tries)))
            {
                throw new CliFailureException(FailureKind.InvalidRequest, "Two of the tools have the same name.", 400);
            }
        }

        return tools;
    }

    /// <param name="name">The name that the model used; null where the CLI tells none, which is never the caller's.</param>
    public bool Owns(string? name) => name is not null && _names.ContainsKey(name);

    /// <summary>The caller's name of a tool that is owned.</summary>
    public string NameOf(string wireName) => _names[wireName];

    /// <summary>
    /// What the model knows the caller's tool by. One that is not mounted (any more) stands in the history beside those that are: what the
    /// model remembers of it must not be a name of the CLI's own.
    /// </summary>
    public string WireNameOf(string name) => _wireNames.GetValueOrDefault(name) ?? _prefix + Fitting(name, Room, 0);

    /// <summary>The caller's name is that of a tool that is mounted.</summary>
    public bool Has(string name) => _wireNames.ContainsKey(name);

    /// <param name="name">As of <see cref="Owns"/>.</param>
    /// <param name="what">Names the call where it has no name.</param>
    /// <exception cref="CliFailureException">LOCK_BROKEN: the call is not the caller's.</exception>
    public void ThrowUnlessOwned(string? name, string what)
    {
        if (!Owns(name))
        {
            throw Broken(string.IsNullOrEmpty(name) ? what : name);
        }
    }

    /// <summary>The same of a call by the model, of which some are slips, of a CLI that does not tell what it offers.</summary>
    /// <param name="name">As of <see cref="Owns"/>.</param>
    /// <param name="what">Names the call where it has no name.</param>
    /// <exception cref="CliFailureException">LOCK_BROKEN: the call is not the caller's; UPSTREAM: it is of no tool at all.</exception>
    public void ThrowUnlessCallable(string? name, string what)
    {
        if (SlipOf(name, nothingElseIsThere: false) is { } slip)
        {
            throw slip;
        }

        ThrowUnlessOwned(name, what);
    }

    /// <summary>
    /// The failure of a call by which nothing can have run: it costs its own turn alone. Behind the mount stands nothing that runs, so that
    /// any name of it which the model made up, or remembers, is a slip. Any other is one only where the CLI itself has said that it holds
    /// the mounted tools and no others, and where it is no name that a CLI may know all the same (<see cref="CliToolNames"/>). The turn is
    /// ended in both cases; whoever drives the CLI looks at what it still says, and any sign that something ran is a broken lock.
    /// </summary>
    /// <param name="name">As of <see cref="Owns"/>.</param>
    /// <param name="nothingElseIsThere">
    /// This process has told which tools it offers to the model, and they are the mounted ones. Where a CLI tells no such list: false.
    /// </param>
    /// <returns>UPSTREAM; null where the call is the caller's, or breaks the lock.</returns>
    public CliFailureException? SlipOf(string? name, bool nothingElseIsThere)
    {
        if (string.IsNullOrEmpty(name) || Owns(name))
        {
            return null;
        }

        var isBehindMount = _prefix.Length > 0 && name.StartsWith(_prefix, StringComparison.Ordinal);
        if (!isBehindMount && (!nothingElseIsThere || CliToolNames.MayBeOfACli(name)))
        {
            return null;
        }

        var told = CliText.Redact(isBehindMount ? name[_prefix.Length..] : name);
        return new CliFailureException(
            FailureKind.Upstream, $"The model called a tool that is not among the caller's ({told}). Try again.");
    }

    /// <param name="what">What was reached for: a name of the CLI's or the model's, nothing of the content.</param>
    public static CliFailureException Broken(string what) => new(
        FailureKind.LockBroken,
        $"The model or its CLI reached for something that is not the caller's ({CliText.Redact(what)}); the turn was ended.");

    private int Room => _mostChars - _prefix.Length;

    // Another try, another hash: only a caller who means it comes to that.
    private static string Fitting(string name, int room, int tries)
    {
        if (tries == 0 && name.Length > 0 && name.Length <= room && !name.AsSpan().ContainsAnyExcept(Plain))
        {
            return name;
        }

        var plain = string.Concat(name.Select(letter => Plain.Contains(letter) ? letter : '_').Take(room - HashChars - 1));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tries == 0 ? name : $"{name} {tries}")));
        return $"{plain}_{hash[..HashChars]}";
    }
}

/// <summary>
/// Names by which a CLI may find a tool of its own or of another server, whether it offers that tool or not: what is offered does not
/// decide it alone. Claude Code 2.1.197 looks up an old name (<c>KillShell</c>, <c>ListMcpResources</c>) among all that it was built with,
/// behind an empty list of tools (read in the binary). Whose list a name is from does not matter: a model that reaches for a shell by any
/// CLI's name means to have one.
/// </summary>
internal static class CliToolNames
{
    // Claude Code 2.1.197 to 2.1.332 and before, Codex to 0.169.0, Gemini CLI to 0.61.0: their sheets, and what their programs hold.
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Bash", "Write", "Read", "Edit", "MultiEdit", "Glob", "Grep", "LS", "Task", "Agent", "Skill", "REPL", "LSP",
        "shell", "shell_command", "exec_command", "container", "exec", "unified_exec", "local_shell", "local_shell_call", "write_stdin",
        "apply_patch", "view_image", "read_file", "list_dir", "grep_files", "update_plan", "request_user_input", "request_permissions",
        "request_plugin_install", "web_search", "list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource", "spawn_agent",
        "spawn_agents_on_csv", "report_agent_job_result", "send_input", "send_message", "followup_task", "wait", "wait_agent",
        "close_agent", "resume_agent", "interrupt_agent", "list_agents", "create_goal", "get_goal", "update_goal", "image_generation",
        "image_gen", "imagegen", "tool_search", "tool_suggest", "js_repl", "js_repl_reset", "sleep", "test_sync_tool",
        "run_shell_command", "write_file", "read_many_files", "replace", "list_directory", "search_file_content", "grep_search",
        "web_fetch", "google_web_search", "google_search", "save_memory", "write_todos", "ask_user", "activate_skill", "invoke_agent",
        "delegate_to_agent", "enter_plan_mode", "exit_plan_mode", "get_internal_docs", "update_topic", "complete_task",
        "codebase_investigator", "cli_help", "generalist", "browser_agent", "take_snapshot", "tracker_create_task",
        "tracker_update_task", "tracker_get_task", "tracker_list_tasks", "tracker_add_dependency", "tracker_visualize");

    /// <summary>
    /// True for what is known, for any name of an MCP server that is not mounted, and for a word in capitals: every tool of Claude Code has
    /// such a name (<c>TaskStop</c>), so that those which no version had yet are taken for its own too. A name of many parts
    /// (<c>container.exec</c>) is that of its strictest part.
    /// </summary>
    public static bool MayBeOfACli(string name) =>
        name.StartsWith("mcp_", StringComparison.OrdinalIgnoreCase)
        || name.Split(['.', ':', '/']).Any(part => Known.Contains(part) || IsOfClaudeCodesForm(part));

    private static bool IsOfClaudeCodesForm(string part) =>
        part.Length > 0 && char.IsAsciiLetterUpper(part[0]) && part.All(char.IsAsciiLetterOrDigit);
}
