using Squad.Platform.Storage;

namespace Squad.Platform.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(new StorageOptions()).Succeeded);

    [Fact]
    public void A_postgres_connection_string_is_valid() =>
        Assert.True(Validate(new StorageOptions { Provider = StorageProvider.Postgres, ConnectionString = "Host=db;Database=squad" }).Succeeded);

    [Fact]
    public void Every_problem_is_named_by_its_key_at_once()
    {
        var result = Validate(new StorageOptions { Provider = StorageProvider.Postgres, DataDirectory = " ", LockTimeout = TimeSpan.Zero });
        Assert.Equal(3, result.Failures!.Count());
        Assert.All(
            new[] { "Squad:Storage:ConnectionString", "Squad:Storage:DataDirectory", "Squad:Storage:LockTimeout" },
            key => Assert.Single(result.Failures!, failure => failure.StartsWith(key, StringComparison.Ordinal)));
    }

    [Fact]
    public void An_unreadable_connection_string_is_refused_without_repeating_it()
    {
        var result = Validate(new StorageOptions { Provider = StorageProvider.Postgres, ConnectionString = "Hst=db;Password=secret" });
        Assert.True(result.Failed);
        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_for_sqlite_is_refused() =>
        Assert.True(Validate(new StorageOptions { ConnectionString = "Data Source=x" }).Failed);

    [Theory]
    [InlineData("Sessions")]
    [InlineData("a; DROP TABLE users")]
    [InlineData("")]
    public void A_table_whose_name_is_no_identifier_is_refused(string table) =>
        Assert.Throws<ArgumentException>(() => StateTable.Of<TestNote>(table, note => [("text", note.Text)]));

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(StorageOptions options) =>
        new StorageOptionsValidator().Validate(null, options);
}
