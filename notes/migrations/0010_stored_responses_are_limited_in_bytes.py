import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0009_tag_counts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='storedanswer',
            name='end_byte',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='storedanswer',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='storedanswer',
            index=models.Index(fields=['user', 'end_byte'], name='answer_of_user'),
        ),
    ]
