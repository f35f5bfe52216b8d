from rest_framework.routers import SimpleRouter

from notes.views.notes import NoteViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("notes", NoteViewSet)

urlpatterns = router.urls
