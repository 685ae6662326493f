using System.Collections.Immutable;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using Squad.Platform.Events;
using Squad.Platform.Storage;
using Squad.Platform.Tests.Events;

namespace Squad.Platform.Tests.Storage;

public enum TestSessionState
{
    Queued,
    SettingUp,
}

public sealed record TestSession
{
    public string OwnerId { get; init; } = "u1";

    public string Repo { get; init; } = "ann/app";

    public TestSessionState State { get; init; }

    public string? Node { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = TestEvents.At;

    public ImmutableArray<string> Labels { get; init; } = [];

    public ImmutableDictionary<string, int> Counts { get; init; } = ImmutableDictionary<string, int>.Empty;
}

public sealed class TestNote
{
    public string Text { get; set; } = "";
}

/// <summary>What grain storage and the tables for LINQ do on either database, wired as the server wires them.</summary>
public abstract class GrainStorageContract : IAsyncLifetime
{
    private ServiceProvider _services = null!;

    private protected TestDatabase Test { get; private set; } = null!;

    private IGrainStorage Storage => _services.GetRequiredKeyedService<IGrainStorage>("Default");

    private IDbContextFactory<SquadDb> Db => _services.GetRequiredService<IDbContextFactory<SquadDb>>();

    private static GrainId Session(string key) => GrainId.Create("session", key);

    public async ValueTask InitializeAsync()
    {
        Test = await CreateAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Squad:Storage:Provider"] = Test.Options.Provider.ToString().ToLowerInvariant(),
            ["Squad:Storage:ConnectionString"] = Test.Options.ConnectionString,
            ["Squad:Storage:DataDirectory"] = Test.Options.DataDirectory,
        }).Build();
        _services = new ServiceCollection()
            .AddLogging()
            .AddSquadStorage(configuration)
            .AddSquadGrainStorage()
            .AddStateTable<TestSession>("sessions", state =>
            [
                ("owner_id", state.OwnerId),
                ("owner", "ann"),
                ("repo", state.Repo),
                ("state", state.State),
                ("node", state.Node),
                ("created_at", state.CreatedAt),
            ])
            .BuildServiceProvider();
        await _services.GetRequiredService<DatabaseMigrator>().MigrateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (Test is not null)
            await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_state_never_written_does_not_exist()
    {
        var state = new GrainState<TestNote>(new TestNote { Text = "as made" }, "stale");
        await Storage.ReadStateAsync("note", GrainId.Create("note", "n"), state);
        Assert.Equal((false, null, "as made"), (state.RecordExists, state.ETag, state.State!.Text));
    }

    [Fact]
    public async Task A_mapped_state_is_read_back_whole_and_its_columns_are_real()
    {
        var written = new GrainState<TestSession>(new TestSession
        {
            State = TestSessionState.SettingUp,
            Node = "node-1",
            Labels = ["a", "é\0"],
            Counts = ImmutableDictionary<string, int>.Empty.Add("x", 3),
        });
        await Storage.WriteStateAsync("state", Session("s1"), written);
        Assert.True(written.RecordExists);

        var read = await ReadAsync<TestSession>("state", Session("s1"));
        Assert.Equal(written.ETag, read.ETag);
        Assert.Equal(written.State!.Labels, read.State!.Labels);
        Assert.Equal(written.State.Counts, read.State.Counts);
        Assert.Equal(written.State with { Labels = [], Counts = read.State.Counts }, read.State with { Labels = [] });

        await using var db = await Db.CreateDbContextAsync();
        var row = await db.Sessions.SingleAsync();
        Assert.Equal(("s1", "u1", "ann/app", "settingUp", "node-1", TestEvents.At), (row.Id, row.OwnerId, row.Repo, row.State, row.Node, row.CreatedAt));
        Assert.Equal(written.ETag, row.Version.ToString(CultureInfo.InvariantCulture));
        Assert.Contains("\"state\":\"settingUp\"", row.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_without_a_table_is_kept_apart_by_grain_type_and_state_name()
    {
        await WriteAsync("one", GrainId.Create("note", "n"), new TestNote { Text = "1" });
        await WriteAsync("two", GrainId.Create("note", "n"), new TestNote { Text = "2" });
        await WriteAsync("one", GrainId.Create("other", "n"), new TestNote { Text = "3" });
        Assert.Equal("1", (await ReadAsync<TestNote>("one", GrainId.Create("note", "n"))).State!.Text);
        Assert.Equal("2", (await ReadAsync<TestNote>("two", GrainId.Create("note", "n"))).State!.Text);
        Assert.Equal("3", (await ReadAsync<TestNote>("one", GrainId.Create("other", "n"))).State!.Text);
    }

    [Fact]
    public async Task A_write_changes_the_etag_and_a_stale_write_is_refused()
    {
        var first = await WriteAsync("state", Session("s"), new TestSession());
        var second = await ReadAsync<TestSession>("state", Session("s"));
        var stale = first.ETag;
        first.State = first.State! with { Node = "a" };
        await Storage.WriteStateAsync("state", Session("s"), first);
        Assert.NotEqual(stale, first.ETag);

        second.State = second.State! with { Node = "b" };
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Session("s"), second));
        Assert.Equal((first.ETag, stale), (error.StoredEtag, error.CurrentEtag));
        Assert.Equal(stale, second.ETag);
        Assert.Equal("a", (await ReadAsync<TestSession>("state", Session("s"))).State!.Node);
    }

    [Fact]
    public async Task A_first_write_is_refused_where_another_was_first()
    {
        await WriteAsync("state", Session("s"), new TestSession { Node = "a" });
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync("state", Session("s"), new TestSession { Node = "b" }));
        await WriteAsync("note", GrainId.Create("note", "n"), new TestNote());
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync("note", GrainId.Create("note", "n"), new TestNote()));
    }

    [Fact]
    public async Task Of_writes_that_race_from_one_version_exactly_one_wins()
    {
        await WriteAsync("state", Session("s"), new TestSession());
        var states = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAsync<TestSession>("state", Session("s"))));
        var won = await Task.WhenAll(states.Select(async state =>
        {
            try
            {
                await Storage.WriteStateAsync("state", Session("s"), state);
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));
        Assert.Single(won, outcome => outcome);
    }

    [Fact]
    public async Task A_cleared_state_is_gone_and_its_etag_never_comes_back()
    {
        var state = await WriteAsync("state", Session("s"), new TestSession { Node = "a" });
        var former = new GrainState<TestSession>(state.State!, state.ETag) { RecordExists = true };
        await Storage.ClearStateAsync("state", Session("s"), state);
        Assert.Equal((false, null, null), (state.RecordExists, state.ETag, state.State!.Node));
        Assert.False((await ReadAsync<TestSession>("state", Session("s"))).RecordExists);
        await Storage.ClearStateAsync("state", Session("s"), state);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("state", Session("s"), former));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Session("s"), former));
    }

    [Fact]
    public async Task A_clear_without_having_read_is_refused_where_a_record_exists()
    {
        await WriteAsync("state", Session("s"), new TestSession());
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("state", Session("s"), new GrainState<TestSession>(new TestSession())));
        Assert.True((await ReadAsync<TestSession>("state", Session("s"))).RecordExists);
    }

    [Fact]
    public async Task A_refused_write_does_not_touch_those_that_share_its_commit()
    {
        await WriteAsync("state", Session("taken"), new TestSession());
        var writes = Enumerable.Range(0, 60).Select(i => WriteAsync("state", Session(i % 3 == 0 ? "taken" : $"s{i}"), new TestSession())).ToList();
        // A null in a column that takes none is the database's own refusal.
        var broken = WriteAsync("state", Session("broken"), new TestSession { Repo = null! });
        await Task.WhenAll(writes).ContinueWith(_ => { }, TaskScheduler.Default);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => broken);
        for (var i = 0; i < writes.Count; i++)
        {
            if (i % 3 == 0)
                await Assert.ThrowsAsync<InconsistentStateException>(() => writes[i]);
            else
                Assert.True((await writes[i]).RecordExists);
        }
        await using var db = await Db.CreateDbContextAsync();
        Assert.Equal(41, await db.Sessions.CountAsync());
    }

    [Fact]
    public async Task Grain_writes_services_and_the_event_log_write_at_once_without_an_error()
    {
        var log = _services.GetRequiredService<IEventLog>();
        var events = Enumerable.Range(0, 4).Select(async stream =>
        {
            for (var i = 0; i < 10; i++)
                await log.AppendAsync(TestEvents.Batch($"s/{stream}", 1 + (i * 500), 500, bytes: 200));
        });
        var grains = Enumerable.Range(0, 40).Select(i => WriteAsync("state", Session($"s{i}"), new TestSession()));
        var services = Enumerable.Range(0, 20).Select(async i =>
        {
            await using var db = await Db.CreateDbContextAsync();
            db.Settings.Add(new() { Key = $"k{i}", Value = "v" });
            await db.SaveChangesAsync();
        });
        var transactions = Enumerable.Range(0, 20).Select(i => Db.WriteAsync(async (db, cancellation) =>
        {
            db.Settings.Add(new() { Key = $"t{i}", Value = "v" });
            await db.SaveChangesAsync(cancellation);
            await db.Settings.Where(setting => setting.Key == $"t{i}").ExecuteUpdateAsync(set => set.SetProperty(setting => setting.Value, "w"), cancellation);
        }));
        await Task.WhenAll([.. events, .. grains, .. services, .. transactions]);
        await using var check = await Db.CreateDbContextAsync();
        Assert.Equal((40, 40, 20), (await check.Sessions.CountAsync(), await check.Settings.CountAsync(), await check.Settings.CountAsync(setting => setting.Value == "w")));
    }

    [Fact]
    public async Task A_transaction_whose_work_throws_leaves_nothing_and_the_next_one_passes()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Db.WriteAsync(async (db, cancellation) =>
        {
            db.Settings.Add(new() { Key = "k", Value = "v" });
            await db.SaveChangesAsync(cancellation);
            throw new InvalidOperationException();
        }));
        await using var db = await Db.CreateDbContextAsync();
        Assert.Equal(0, await db.Settings.CountAsync());
        db.Settings.Add(new() { Key = "k", Value = "v" });
        await db.SaveChangesAsync();
    }

    [Fact]
    public async Task Lists_go_newest_first_by_cursor_and_usernames_are_unique_without_regard_to_case()
    {
        for (var i = 0; i < 9; i++)
            await WriteAsync("state", Session($"s{i}"), new TestSession { CreatedAt = TestEvents.At.AddSeconds(i / 3) });
        await using var db = await Db.CreateDbContextAsync();
        List<string> seen = [];
        var (at, id) = (DateTimeOffset.MaxValue, "");
        while (true)
        {
            var page = await db.Sessions
                .Where(row => row.CreatedAt < at || (row.CreatedAt == at && row.Id.CompareTo(id) < 0))
                .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
                .Take(2).ToListAsync();
            if (page.Count == 0)
                break;
            seen.AddRange(page.Select(row => row.Id));
            (at, id) = (page[^1].CreatedAt, page[^1].Id);
        }
        Assert.Equal(["s8", "s7", "s6", "s5", "s4", "s3", "s2", "s1", "s0"], seen);

        db.Credentials.Add(new() { UserId = "1", Username = "Ann", PasswordHash = "h", SecurityStamp = "s", UpdatedAt = TestEvents.At });
        await db.SaveChangesAsync();
        db.Credentials.Add(new() { UserId = "2", Username = "ann", PasswordHash = "h", SecurityStamp = "s", UpdatedAt = TestEvents.At });
        var error = await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync());
        Assert.True(StorageErrors.IsDuplicate(error));
    }

    [Fact]
    public async Task Every_row_type_fits_its_table()
    {
        await using var db = await Db.CreateDbContextAsync();
        var at = TestEvents.At;
        db.Users.Add(new() { Id = "u", Username = "Ann", CreatedAt = at, Data = "{}", Version = 1 });
        db.Repositories.Add(new() { Id = "ann/app", OwnerId = "u", Owner = "ann", Name = "app", Private = true, CreatedAt = at, Data = "{}", Version = 1 });
        db.GrainStates.Add(new() { Type = "t", Id = "i", Data = "{}", Version = 1 });
        db.RefreshTokens.Add(new() { Id = "r", UserId = "u", TokenHash = "h", Family = "f", CreatedAt = at, ExpiresAt = at, RevokedAt = at });
        db.SigningKeys.Add(new() { Id = "k", Algorithm = "RS256", PrivateKeyProtected = "p", PublicJwk = "{}", CreatedAt = at, ActivatesAt = at, RetiresAt = at });
        await db.SaveChangesAsync();
        db.ChangeTracker.Clear();
        Assert.True((await db.Repositories.SingleAsync(row => row.Private)).Private);
#pragma warning disable CA1862 // It is translated to SQL, where the index is over lower().
        Assert.Equal("u", (await db.Users.SingleAsync(row => row.Username.ToLower() == "ann")).Id);
#pragma warning restore CA1862
        var token = await db.RefreshTokens.SingleAsync();
        Assert.Equal(((DateTimeOffset?)null, (DateTimeOffset?)at), (token.UsedAt, token.RevokedAt));
        Assert.Equal(at, (await db.SigningKeys.SingleAsync()).RetiresAt);
        Assert.Equal("t", (await db.GrainStates.SingleAsync()).Type);
    }

    [Fact]
    public async Task Health_is_good_with_the_schema_in_place_and_says_what_is_wrong_without_it()
    {
        var health = _services.GetRequiredService<IStorageHealth>();
        Assert.Null(await health.ProblemAsync());
        await _services.GetRequiredService<SquadDatabase>().WriteAsync(async (connection, _) => await connection.ExecuteAsync("DROP TABLE schema_migrations"));
        Assert.Contains("does not answer", await health.ProblemAsync(), StringComparison.Ordinal);
    }

    private protected abstract Task<TestDatabase> CreateAsync();

    private async Task<GrainState<T>> WriteAsync<T>(string name, GrainId grain, T value)
    {
        var state = new GrainState<T>(value);
        await Storage.WriteStateAsync(name, grain, state);
        return state;
    }

    private async Task<GrainState<T>> ReadAsync<T>(string name, GrainId grain)
    {
        var state = new GrainState<T>();
        await Storage.ReadStateAsync(name, grain, state);
        return state;
    }
}

public sealed class SqliteGrainStorageTests : GrainStorageContract
{
    private protected override Task<TestDatabase> CreateAsync() => Task.FromResult<TestDatabase>(new SqliteTestDatabase());
}

public sealed class PostgresGrainStorageTests(PostgresServer server) : GrainStorageContract
{
    private protected override Task<TestDatabase> CreateAsync() => PostgresTestDatabase.CreateAsync(server);
}
